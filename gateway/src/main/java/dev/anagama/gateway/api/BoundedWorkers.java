package dev.anagama.gateway.api;

import dev.anagama.gateway.errors.Refusal;
import dev.anagama.gateway.errors.RefusalException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Threads for what blocks, with a bound on how much is in hand at once. Closed with its Vert.x.
 *
 * <p>Work that has waited long for a thread is refused instead of begun: when each piece takes its
 * full time limit (Kafka is gone), the last in the queue would otherwise wait for many such limits.
 */
public final class BoundedWorkers {
  private static final long MAX_QUEUED_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final int RETRY_AFTER_SECONDS = 1;

  private final Vertx vertx;
  private final String name;
  private final int limit;
  private final WorkerExecutor threads;
  private final Semaphore permits;

  /**
   * Makes the threads.
   *
   * @param name names the threads
   * @param size number of threads, at least 1
   * @param limit pieces of work begun or waiting, at least 1; more are refused as over capacity
   */
  public BoundedWorkers(Vertx vertx, String name, int size, int limit) {
    this.vertx = vertx;
    this.name = name;
    this.limit = limit;
    this.threads = vertx.createSharedWorkerExecutor(name, size);
    this.permits = new Semaphore(limit);
  }

  /** Runs what blocks; the future completes on the caller's context. */
  <T> Future<T> call(Callable<T> blocking) {
    return begin(() -> CompletableFuture.completedFuture(blocking.call()));
  }

  /**
   * Runs what blocks and then goes on by itself; it counts as in hand until its stage completes.
   * The future completes on the caller's context.
   */
  <T> Future<T> begin(Callable<? extends CompletionStage<T>> blocking) {
    if (!permits.tryAcquire()) {
      return Future.failedFuture(
          new RefusalException(
              new Refusal.OverCapacity(
                  "%d requests are in hand (%s), which is the limit".formatted(limit, name),
                  RETRY_AFTER_SECONDS)));
    }
    Context context = vertx.getOrCreateContext();
    long queuedAtNanos = System.nanoTime();
    Callable<CompletionStage<T>> timely =
        () -> {
          if (System.nanoTime() - queuedAtNanos > MAX_QUEUED_NANOS) {
            throw new RefusalException(
                new Refusal.Unavailable(
                    "what the request needs has not answered earlier requests in time",
                    RETRY_AFTER_SECONDS));
          }
          return blocking.call();
        };
    return threads
        .executeBlocking(timely, false)
        .compose(stage -> Future.fromCompletionStage(stage, context))
        .onComplete(result -> permits.release());
  }
}
