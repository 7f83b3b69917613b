package dev.anagama.gateway.api;

import dev.anagama.gateway.admission.JobIds;
import dev.anagama.gateway.errors.Refusal;
import dev.anagama.gateway.errors.RefusalException;
import dev.anagama.gateway.status.JobArchive;
import dev.anagama.gateway.status.JobEntry;
import dev.anagama.gateway.status.JobHistory;
import dev.anagama.gateway.status.JobTable;
import dev.anagama.v1.Job;
import dev.anagama.v1.JobState;
import dev.anagama.v1.StoredImage;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Reads of jobs and images, for both protocols. */
public final class JobReads {
  /** Longest that a caller may wait for a job to end, in seconds. */
  static final int MAX_WAIT_SECONDS = 60;

  /** What is said to be allowed where a wait is not. */
  static final String WAIT_ALLOWED = "whole seconds from 0 to %d".formatted(MAX_WAIT_SECONDS);

  private final Vertx vertx;
  private final JobTable table;
  private final JobHistory history;
  private final JobArchive archive;
  private final ImageLinks links;
  private final BoundedWorkers storeReaders;

  /** Reads what those know; what blocks runs in {@code storeReaders}. */
  public JobReads(
      Vertx vertx,
      JobTable table,
      JobHistory history,
      JobArchive archive,
      ImageLinks links,
      BoundedWorkers storeReaders) {
    this.vertx = vertx;
    this.table = table;
    this.history = history;
    this.archive = archive;
    this.links = links;
    this.storeReaders = storeReaders;
  }

  /**
   * A job as it stands, after waiting for it to end.
   *
   * @param waitSeconds longest to wait, 0 to {@value #MAX_WAIT_SECONDS}
   * @param abandoned completes when the caller is gone
   */
  Future<Job> job(String id, int waitSeconds, Future<Void> abandoned) {
    return find(id)
        .compose(
            entry ->
                entry.ended() || waitSeconds == 0
                    ? Future.succeededFuture(entry)
                    : ended(id, waitSeconds, abandoned).compose(done -> find(id)))
        .map(entry -> entry.view().orElseThrow());
  }

  /** An image of a job that succeeded. */
  Future<JobImage> image(String id, int index) {
    return job(id, 0, Future.succeededFuture()).map(job -> JobImage.of(job, imageOf(job, index)));
  }

  /** The bytes of an image. */
  Future<Buffer> bytes(JobImage image) {
    return storeReaders
        .call(() -> archive.read(image.stored()))
        .map(bytes -> bytes.map(Buffer::buffer).orElseThrow(() -> gone(image)));
  }

  /** A link to an image in the object store itself; empty where there is none. */
  Future<Optional<URI>> link(JobImage image) {
    return storeReaders.call(() -> links.to(image));
  }

  /** Whether a request for an image that does not say it gets a link. */
  boolean linksAreUsual() {
    return links.areUsual();
  }

  /** The jobs that succeeded last, latest first. */
  List<Job> latestSucceeded(int limit) {
    return table.latestSucceeded(limit);
  }

  private Future<JobEntry> find(String id) {
    JobIds.requireWellFormed(id);
    Optional<JobEntry> known = history.inTable(id);
    return known.isPresent()
        ? Future.succeededFuture(known.get())
        : storeReaders
            .call(() -> history.find(id))
            .map(entry -> entry.orElseThrow(() -> notFound("there is no job '%s'".formatted(id))));
  }

  /** Completes when the job ends, the time is over or the caller is gone. */
  private Future<Void> ended(String id, int waitSeconds, Future<Void> abandoned) {
    Context context = vertx.getOrCreateContext();
    CompletableFuture<Void> waiter = table.whenEnded(id);
    Promise<Void> over = Promise.promise();
    long timer = vertx.setTimer(waitSeconds * 1000L, fired -> over.tryComplete());
    Future.fromCompletionStage(waiter, context).onComplete(ended -> over.tryComplete());
    abandoned.onComplete(gone -> over.tryComplete());
    return over.future()
        .onComplete(
            result -> {
              vertx.cancelTimer(timer);
              table.release(id, waiter);
            });
  }

  private static StoredImage imageOf(Job job, int index) {
    int images = job.getSpec().getNumImages();
    if (index < 0 || index >= images) {
      throw notFound(
          "job '%s' has no image %d; it has images 0 to %d"
              .formatted(job.getId(), index, images - 1));
    }
    if (job.getState() == JobState.JOB_STATE_SUCCEEDED) {
      return job.getImagesList().stream()
          .filter(image -> image.getIndex() == index)
          .findFirst()
          .orElseThrow(() -> notFound("job '%s' has no image %d".formatted(job.getId(), index)));
    }
    if (job.hasEndedAt()) {
      throw notFound(
          "job '%s' has no images: it ended %s"
              .formatted(job.getId(), JobJson.word(job.getState())));
    }
    throw new RefusalException(
        new Refusal.NotYet(
            "job '%s' is %s; its images are there once it has succeeded"
                .formatted(job.getId(), JobJson.word(job.getState()))));
  }

  private RefusalException gone(JobImage image) {
    return new RefusalException(
        new Refusal.Gone(
            links
                .expiryOf(image)
                .map(at -> "the images of job '%s' expired at %s".formatted(image.jobId(), at))
                .orElseGet(
                    () ->
                        "object '%s' is not stored any more".formatted(image.stored().getKey()))));
  }

  private static RefusalException notFound(String detail) {
    return new RefusalException(new Refusal.NotFound(detail));
  }
}
