package dev.anagama.gateway.admission;

import com.google.protobuf.util.Timestamps;
import dev.anagama.gateway.errors.Refusal;
import dev.anagama.gateway.errors.RefusalException;
import dev.anagama.gateway.status.JobEntry;
import dev.anagama.gateway.status.JobHistory;
import dev.anagama.v1.CancelRequested;
import dev.anagama.v1.Job;
import dev.anagama.v1.JobState;
import java.time.Clock;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/**
 * The one way of a wish to cancel onto Kafka, for both protocols.
 *
 * <p>It decides nothing: the job stays as it is until a worker has committed its end, and a job
 * that succeeds before a worker has read the wish has succeeded. Sent again, the wish is only
 * written again, which is harmless.
 */
public final class CancelPath {
  private final JobLog jobs;
  private final JobHistory history;
  private final Clock clock;
  private final String tenant;

  /** The steps of the path, for the jobs of {@code tenant}. */
  public CancelPath(JobLog jobs, JobHistory history, Clock clock, String tenant) {
    this.jobs = jobs;
    this.history = history;
    this.clock = clock;
    this.tenant = tenant;
  }

  /**
   * Asks for a job to end. Reads the object store and may wait for Kafka's buffer, so it is called
   * off the event loop; it blocks for at most those two bounds.
   *
   * @return the job as it stands, complete once Kafka holds the wish; at once if the job is
   *     canceled already
   * @throws RefusalException if there is no such job or it has ended in another way; a failure of
   *     Kafka is in the future instead
   */
  public CompletableFuture<Job> cancel(String id) {
    Job job =
        history
            .find(JobIds.requireWellFormed(id))
            .flatMap(JobEntry::view)
            .orElseThrow(() -> unknown(id));
    if (job.getState() == JobState.JOB_STATE_CANCELED) {
      return CompletableFuture.completedFuture(job);
    }
    if (job.hasEndedAt()) {
      throw ended(job);
    }
    CancelRequested wish =
        CancelRequested.newBuilder()
            .setJobId(id)
            .setTenant(tenant)
            .setRequestedAt(Timestamps.fromMillis(clock.millis()))
            .build();
    return jobs.append(wish).thenApply(written -> job);
  }

  private static RefusalException unknown(String id) {
    return new RefusalException(new Refusal.NotFound("there is no job '%s'".formatted(id)));
  }

  private static RefusalException ended(Job job) {
    String state = job.getState().name().substring("JOB_STATE_".length()).toLowerCase(Locale.ROOT);
    return new RefusalException(
        new Refusal.Ended(
            "job '%s' has ended %s; only a queued or running job can be cancelled"
                .formatted(job.getId(), state)));
  }
}
