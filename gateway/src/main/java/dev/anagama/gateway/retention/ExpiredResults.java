package dev.anagama.gateway.retention;

import com.google.protobuf.Timestamp;
import dev.anagama.gateway.status.JobArchive;
import dev.anagama.gateway.status.JobEntry;
import dev.anagama.platform.objectstore.ListedObject;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.platform.objectstore.ObjectStoreException;
import dev.anagama.v1.JobEvent;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds results that have expired and removes them, a bounded number in each round.
 *
 * <p>What a job's event has said holds, whatever is configured now: the record is read before
 * anything of its job goes. Listing tells which records are worth reading: none is that was stored
 * more recently than results are kept.
 *
 * <p>Images go first, and the record {@link #RECORD_KEPT_LONGER} after them. Until then the job
 * still answers, with its end and with when its images expired, and a copy of it that lies on Kafka
 * longer than it should is not done again. Images without a record are what an attempt left that
 * never ended; no event names them.
 *
 * <p>Several gateways may do this at once. They take away the same objects in the same order, and a
 * missing object is no failure.
 */
final class ExpiredResults {
  /** How much longer than its images a job's record is kept. */
  static final Duration RECORD_KEPT_LONGER = Duration.ofDays(7);

  /** Failures after which a round ends: then it is not one record, but the store. */
  private static final int MAX_FAILURES = 3;

  private static final Logger log = LoggerFactory.getLogger(ExpiredResults.class);

  /**
   * What a round may do.
   *
   * @param pages pages of a listing after which it ends, at least 1
   * @param removals objects after whose removal it ends, at least 1
   */
  record Limits(int pages, int removals) {}

  /**
   * What a round has done.
   *
   * @param images images removed
   * @param records records removed
   * @param failures jobs whose results could not be removed
   * @param last the last job that was looked at; empty when the round came to the end
   */
  record Swept(int images, int records, int failures, Optional<String> last) {
    private Swept with(Swept more) {
      return new Swept(
          images + more.images, records + more.records, failures + more.failures, more.last);
    }

    private Swept toTheEnd() {
      return new Swept(images, records, failures, Optional.empty());
    }
  }

  private final ObjectStore store;
  private final JobArchive archive;
  private final String tenant;
  private final Duration keep;
  private final Clock clock;
  private final Limits limits;

  /** Removes what is older than {@code keep}. */
  ExpiredResults(ObjectStore store, String tenant, Duration keep, Clock clock, Limits limits) {
    this.store = store;
    this.archive = new JobArchive(store, tenant);
    this.tenant = tenant;
    this.keep = keep;
    this.clock = clock;
    this.limits = limits;
  }

  /**
   * Does a round.
   *
   * @param after the last job of the round before; empty: from the beginning
   * @throws ObjectStoreException if the store fails; the next round may be luckier
   */
  Swept round(Optional<String> after) {
    StoredJobs jobs = new StoredJobs(store, tenant, after);
    Swept swept = new Swept(0, 0, 0, Optional.empty());
    Optional<JobFolder> job = jobs.next();
    while (job.isPresent()) {
      swept = swept.with(sweep(job.get()));
      if (jobs.pages() > limits.pages()
          || swept.images() + swept.records() >= limits.removals()
          || swept.failures() >= MAX_FAILURES) {
        return swept;
      }
      job = jobs.next();
    }
    return swept.toTheEnd();
  }

  private Swept sweep(JobFolder job) {
    int images = 0;
    int records = 0;
    int failures = 0;
    try {
      Due due = due(job);
      if (due.images()) {
        for (ListedObject image : job.images()) {
          images += remove(image);
        }
      }
      if (due.record()) {
        records += remove(job.record().orElseThrow());
      }
    } catch (ObjectStoreException e) {
      // One record that can not be read must not keep all others.
      log.warn("the results of job {} were not removed: {}", job.id(), e.getMessage());
      failures++;
    }
    return new Swept(images, records, failures, Optional.of(job.id()));
  }

  /** What of a job is to go now. */
  private record Due(boolean images, boolean record) {
    static final Due NOTHING = new Due(false, false);
  }

  private Due due(JobFolder job) {
    Instant now = clock.instant();
    if (job.lastModified().plus(keep).isAfter(now)) {
      return Due.NOTHING;
    }
    boolean recordIsKept = job.lastModified().plus(keep).plus(RECORD_KEPT_LONGER).isAfter(now);
    if (job.record().isEmpty()) {
      return new Due(!recordIsKept, false);
    }
    if (job.images().isEmpty() && recordIsKept) {
      return Due.NOTHING;
    }
    Optional<Instant> expiry =
        archive.find(job.id()).flatMap(JobEntry::terminal).flatMap(this::expiryOf);
    if (expiry.isEmpty() || expiry.get().isAfter(now)) {
      return Due.NOTHING;
    }
    return new Due(true, !expiry.get().plus(RECORD_KEPT_LONGER).isAfter(now));
  }

  /** Empty: never. */
  private Optional<Instant> expiryOf(JobEvent end) {
    if (!end.hasSucceeded()) {
      // Nothing was promised for an end without images.
      return Optional.of(instant(end.getOccurredAt()).plus(keep));
    }
    return end.getSucceeded().hasResultsExpireAt()
        ? Optional.of(instant(end.getSucceeded().getResultsExpireAt()))
        : Optional.empty();
  }

  private int remove(ListedObject object) {
    log.debug("removes {}", object.key());
    return store.delete(object.key()) ? 1 : 0;
  }

  private static Instant instant(Timestamp time) {
    return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
  }
}
