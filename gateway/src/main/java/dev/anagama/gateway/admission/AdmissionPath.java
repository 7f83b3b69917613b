package dev.anagama.gateway.admission;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Timestamps;
import dev.anagama.gateway.errors.Refusal;
import dev.anagama.gateway.errors.RefusalException;
import dev.anagama.gateway.status.Capacity;
import dev.anagama.gateway.status.JobEntry;
import dev.anagama.gateway.status.JobHistory;
import dev.anagama.gateway.status.JobPlace;
import dev.anagama.gateway.status.JobTable;
import dev.anagama.gateway.status.Readiness;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.JobSpec;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * The one way onto Kafka, for both protocols.
 *
 * <p>Within one gateway an id is worked on by one submission at a time: the first claims it, and
 * others get the first one's answer, or a conflict with it. Between gateways, and after a lost
 * answer, the same request can be appended twice; both records then describe the same job, seed
 * included. Different requests can be appended under one id only by gateways that were asked at the
 * same moment. So a job under its caller's id is answered once it was read back: by then every
 * earlier record of its id in the same topic was read too, and the later request is refused. Only
 * two of different priorities, in different topics, may then both be accepted; one of them is done,
 * and every gateway tells which ({@link JobEntry#contested}).
 */
public final class AdmissionPath {
  private static final int AT_ONCE_SECONDS = 1;

  private final Readiness readiness;
  private final SpecResolver resolver;
  private final JobLog jobs;
  private final JobTable table;
  private final JobHistory history;
  private final JobIds ids;
  private final Clock clock;
  private final Capacity capacity;
  private final String tenant;
  private final ConcurrentMap<String, Claim> claims = new ConcurrentHashMap<>();

  /** The steps of the path and what they need; {@code tenant} owns the jobs. */
  public AdmissionPath(
      Readiness readiness,
      SpecResolver resolver,
      JobLog jobs,
      JobTable table,
      JobHistory history,
      JobIds ids,
      Clock clock,
      Capacity capacity,
      String tenant) {
    this.readiness = readiness;
    this.resolver = resolver;
    this.jobs = jobs;
    this.table = table;
    this.history = history;
    this.ids = ids;
    this.clock = clock;
    this.capacity = capacity;
    this.tenant = tenant;
  }

  /** A submission at work on an id. */
  private record Claim(ByteString digest, CompletableFuture<Admission> answer) {}

  /**
   * Takes a job. Reads the object store and may wait for Kafka's buffer, so it is called off the
   * event loop; it blocks for at most those two bounds.
   *
   * @return the answer, complete once Kafka holds the job and, under its caller's id, it was read
   *     back
   * @throws RefusalException if it is not taken; a failure after the append is in the future
   *     instead
   */
  public CompletableFuture<Admission> admit(Submission submission) {
    readiness.requirePastKnown();
    String id = submission.id().map(JobIds::requireWellFormed).orElseGet(ids::next);
    ByteString digest = RequestDigest.of(submission.spec());

    // One submission at a time works on an id.
    Claim claim = new Claim(digest, new CompletableFuture<>());
    Claim earlier = claims.putIfAbsent(id, claim);
    if (earlier != null) {
      return shared(id, earlier, digest);
    }
    try {
      // A job that is there already is the answer, even if it would not be taken any more.
      Optional<JobEntry> existing = submission.id().flatMap(history::find);
      if (submission.problems().isEmpty() && existing.filter(e -> isOf(e, digest)).isPresent()) {
        return settled(id, claim, new Admission(existing.get().view().orElseThrow(), false));
      }
      JobSpec spec = resolver.resolve(id, submission);
      requireFree(id, existing);

      GenerationJob job = job(id, spec, digest);
      capacity.reserve(job);
      table.vacated(id);
      // Kafka first, then the table, then the answer: whoever has the answer can read the job.
      CompletableFuture<RecordMetadata> written = jobs.append(job);
      // An id that was made here is nobody else's.
      return (submission.id().isPresent() ? written.thenCompose(jobs::readBack) : written)
          .thenApply(at -> entered(job, JobPlace.of(at.topic(), at.offset())))
          .whenComplete((admission, failure) -> settle(id, claim, admission, failure));
    } catch (RuntimeException e) {
      settle(id, claim, null, e);
      throw e;
    }
  }

  private GenerationJob job(String id, JobSpec spec, ByteString digest) {
    return GenerationJob.newBuilder()
        .setJobId(id)
        .setTenant(tenant)
        .setSpec(spec)
        .setRequestSha256(digest)
        .setAcceptedAt(Timestamps.fromMillis(clock.millis()))
        .build();
  }

  /** Puts a job that Kafka holds into the table, where another gateway's may stand already. */
  private Admission entered(GenerationJob job, JobPlace place) {
    JobEntry entry = table.acknowledged(job, place);
    if (!entry.whole()) {
      throw new RefusalException(
          new Refusal.Unavailable(
              "another request came at the same moment under id '%s', and one of the two has ended"
                      .formatted(job.getJobId())
                  + " already; send it again to know which",
              AT_ONCE_SECONDS));
    }
    if (!isOf(entry, job.getRequestSha256())) {
      throw conflict(job.getJobId());
    }
    return new Admission(entry.view().orElseThrow(), true);
  }

  private CompletableFuture<Admission> settled(String id, Claim claim, Admission admission) {
    settle(id, claim, admission, null);
    return claim.answer();
  }

  private void settle(
      String id, Claim claim, @Nullable Admission admission, @Nullable Throwable failure) {
    capacity.release(id);
    // The claim goes before the answer comes, so that a refused request can be sent again at once.
    claims.remove(id, claim);
    if (failure == null) {
      claim.answer().complete(admission);
    } else {
      claim.answer().completeExceptionally(failure);
    }
  }

  /** The answer of the submission that came first, which is no answer to another request. */
  private static CompletableFuture<Admission> shared(String id, Claim earlier, ByteString digest) {
    if (earlier.digest().equals(digest)) {
      return earlier.answer().thenApply(admission -> new Admission(admission.job(), false));
    }
    return earlier
        .answer()
        .handle(
            (admission, failure) -> {
              throw failure == null ? conflict(id) : undecided(id);
            });
  }

  private static RefusalException undecided(String id) {
    return new RefusalException(
        new Refusal.Unavailable(
            "another request under id '%s' was just refused; send this one again".formatted(id),
            AT_ONCE_SECONDS));
  }

  private static boolean isOf(JobEntry entry, ByteString digest) {
    return entry.job().filter(job -> job.getRequestSha256().equals(digest)).isPresent();
  }

  private static void requireFree(String id, Optional<JobEntry> existing) {
    if (existing.isPresent()) {
      throw conflict(id);
    }
  }

  private static RefusalException conflict(String id) {
    return new RefusalException(
        new Refusal.Conflict(
            "id '%s' belongs to a job with another spec; send that spec, or use another id"
                .formatted(id)));
  }
}
