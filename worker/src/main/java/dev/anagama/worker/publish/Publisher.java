package dev.anagama.worker.publish;

import dev.anagama.contract.ResultKeys;
import dev.anagama.diffusion.image.PngImages;
import dev.anagama.platform.config.Retention;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.platform.objectstore.ObjectStoreException;
import dev.anagama.platform.objectstore.Sha256;
import dev.anagama.platform.objectstore.StoredObject;
import dev.anagama.v1.FailureCategory;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.JobCanceled;
import dev.anagama.v1.JobEvent;
import dev.anagama.v1.JobExpired;
import dev.anagama.v1.JobFailed;
import dev.anagama.v1.JobRecord;
import dev.anagama.v1.JobSucceeded;
import dev.anagama.v1.StoredImage;
import dev.anagama.worker.retry.Backoff;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores finished jobs: each image as PNG, then the job's record with its terminal event. Only then
 * is the end handed on to be told. It never speaks to Kafka.
 *
 * <p><b>The first object wins.</b> Nothing that is stored is ever replaced. Where a record is
 * already there, by another attempt at the same job, that one is the end and what was made here is
 * dropped. Where an image is there, an event may name it, so it stays, and this attempt's record
 * names it as it is: two attempts make the same image but for rounding.
 *
 * <p><b>While the store fails</b> a job is tried again after a growing pause, for as long as this
 * worker holds its partition. It does not become a failed job: the images are made, and there is no
 * place to store the failure either. Memory stays bounded, because a job keeps its place among the
 * jobs in hand until it is stored: the engine begins no new job while {@link #imagesHeld} is over
 * its limit, and then the intake takes none. At the end of the process such jobs are left
 * uncommitted, and Kafka hands them to the next worker.
 */
public final class Publisher implements AutoCloseable {
  /** Media type of the images. */
  public static final String CONTENT_TYPE = "image/png";

  private static final Logger log = LoggerFactory.getLogger(Publisher.class);

  private static final JobCanceled CANCELED =
      JobCanceled.newBuilder().setReason("requested by the caller").build();

  private static final long CLOSE_SECONDS = 10;

  private final ObjectStore store;
  private final JobRecords records;
  private final Outcomes outcomes;
  private final Clock clock;
  private final Backoff backoff;
  private final Retention retention;
  private final ScheduledThreadPoolExecutor threads;
  private final AtomicInteger jobsHeld = new AtomicInteger();
  private final AtomicInteger imagesHeld = new AtomicInteger();

  /**
   * Starts the threads.
   *
   * @param outcomes gets each stored end and each failed attempt
   * @param threads at least 1
   * @param retention how long results will be kept, which the events tell
   */
  public Publisher(
      ObjectStore store,
      Outcomes outcomes,
      int threads,
      Backoff backoff,
      Clock clock,
      Retention retention) {
    this.store = store;
    this.records = new JobRecords(store);
    this.outcomes = outcomes;
    this.clock = clock;
    this.backoff = backoff;
    this.retention = retention;
    AtomicInteger number = new AtomicInteger();
    this.threads =
        new ScheduledThreadPoolExecutor(
            threads, task -> new Thread(task, "anagama-publish-" + number.getAndIncrement()));
    this.threads.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /** Takes a finished job and returns at once. After {@link #close} the job is dropped. */
  public void publish(FinishedJob finished) {
    jobsHeld.incrementAndGet();
    imagesHeld.addAndGet(finished.imageCount());
    try {
      threads.execute(() -> attempt(finished, 1));
    } catch (RejectedExecutionException e) {
      log.info("{}: dropped, the worker stops", finished.taken());
      release(finished);
    }
  }

  /** Jobs that were taken and are not stored yet. */
  public int jobsHeld() {
    return jobsHeld.get();
  }

  /** Images in memory that are not stored yet. */
  public int imagesHeld() {
    return imagesHeld.get();
  }

  /** Stops the threads. What is not stored by then is dropped and stays uncommitted in Kafka. */
  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        threads.shutdownNow();
        log.warn("a job was still being stored after {} s and is left", CLOSE_SECONDS);
      }
    } catch (InterruptedException e) {
      threads.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  private void attempt(FinishedJob finished, int attempt) {
    TakenJob taken = finished.taken();
    if (taken.lease().ended()) {
      log.info("{}: dropped, its partition is another worker's", taken);
      release(finished);
      return;
    }
    Outcome outcome;
    try {
      outcome = outcome(finished);
    } catch (ObjectStoreException e) {
      retry(finished, attempt, e);
      return;
    } catch (Error e) {
      // Not the job's doing, and the pool would keep it to itself: the job must not vanish unseen.
      log.error("{}: an error of the process while it was stored", taken, e);
      retry(finished, attempt, e);
      return;
    } catch (RuntimeException e) {
      log.error("{}: could not be made into files", taken, e);
      if (finished instanceof FinishedJob.Generated) {
        publish(new FinishedJob.Failed(taken, internal(e)));
        release(finished);
      } else {
        // Not even the failure could be recorded; only a later try can end the job.
        retry(finished, attempt, e);
      }
      return;
    }
    try {
      outcomes.put(outcome);
    } catch (InterruptedException e) {
      // Only close() interrupts; the job stays uncommitted.
      Thread.currentThread().interrupt();
    }
    release(finished);
  }

  private void retry(FinishedJob finished, int attempt, Throwable e) {
    long pauseMillis = backoff.pauseMillis(attempt);
    log.warn(
        "{}: not stored at try {}, next in {} ms: {}",
        finished.taken(),
        attempt,
        pauseMillis,
        e.getMessage());
    if (!threads.isShutdown()) {
      var unused =
          threads.schedule(
              () -> attempt(finished, attempt + 1), pauseMillis, TimeUnit.MILLISECONDS);
    }
  }

  private void release(FinishedJob finished) {
    imagesHeld.addAndGet(-finished.imageCount());
    jobsHeld.decrementAndGet();
  }

  private Outcome outcome(FinishedJob finished) {
    return finished instanceof FinishedJob.AttemptFailed failed
        ? new FailedAttempt(failed.taken(), failed.reason())
        : store(finished);
  }

  private StoredEnd store(FinishedJob finished) {
    GenerationJob job = finished.taken().job();
    JobEvent.Builder event =
        JobEvent.newBuilder().setJobId(job.getJobId()).setTenant(job.getTenant());
    if (finished instanceof FinishedJob.Generated generated) {
      event.setEventId(job.getJobId() + ":succeeded").setSucceeded(succeeded(generated));
    } else if (finished instanceof FinishedJob.Failed failed) {
      event.setEventId(job.getJobId() + ":failed").setFailed(failed.failure());
    } else if (finished instanceof FinishedJob.Canceled) {
      event.setEventId(job.getJobId() + ":canceled").setCanceled(CANCELED);
    } else if (finished instanceof FinishedJob.Expired) {
      event
          .setEventId(job.getJobId() + ":expired")
          .setExpired(JobExpired.newBuilder().setDeadline(job.getSpec().getDeadline()));
    }
    event.setOccurredAt(EventTime.of(clock.instant()));
    JobRecord record =
        JobRecord.newBuilder()
            .setJob(job)
            .setTerminalEvent(event)
            .setSource(finished.taken().source())
            .build();
    if (records.storeIfAbsent(record)) {
      return new StoredEnd(finished.taken(), record);
    }
    JobRecord other =
        records
            .find(job)
            .orElseThrow(
                () -> new ObjectStoreException("the record of job " + job.getJobId() + " is gone"));
    return new StoredEnd(finished.taken(), other);
  }

  private JobSucceeded succeeded(FinishedJob.Generated generated) {
    List<StoredImage> images = new ArrayList<>();
    for (int index = 0; index < generated.images().size(); index++) {
      images.add(storeImage(generated, index));
    }
    JobSucceeded.Builder success =
        JobSucceeded.newBuilder()
            .addAllImages(images)
            .setProvenance(generated.provenance())
            .setStartedAt(EventTime.of(generated.startedAt()));
    retention
        .expiryOf(clock.instant())
        .ifPresent(at -> success.setResultsExpireAt(EventTime.of(at)));
    return success.build();
  }

  private StoredImage storeImage(FinishedJob.Generated generated, int index) {
    GenerationJob job = generated.taken().job();
    int height = generated.shape().height();
    int width = generated.shape().width();
    byte[] png =
        PngImages.encode(
            generated.images().get(index), generated.shape().channels(), height, width);
    String key = ResultKeys.image(job.getTenant(), job.getJobId(), index);
    StoredImage.Builder image =
        StoredImage.newBuilder().setIndex(index).setUri(store.uri(key).toString()).setKey(key);
    if (store.putIfAbsent(key, png, CONTENT_TYPE)) {
      image.setSha256(Sha256.hex(png)).setSizeBytes(png.length);
    } else {
      StoredObject there =
          store
              .head(key)
              .orElseThrow(() -> new ObjectStoreException("object '" + key + "' is gone again"));
      image.setSha256(there.sha256()).setSizeBytes(there.sizeBytes());
    }
    return image.setContentType(CONTENT_TYPE).setWidth(width).setHeight(height).build();
  }

  private static JobFailed internal(RuntimeException e) {
    return JobFailed.newBuilder()
        .setCategory(FailureCategory.FAILURE_CATEGORY_INTERNAL)
        .setMessage("the images could not be encoded: " + e.getMessage())
        .build();
  }
}
