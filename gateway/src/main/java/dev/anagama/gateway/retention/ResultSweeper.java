package dev.anagama.gateway.retention;

import dev.anagama.gateway.retention.ExpiredResults.Limits;
import dev.anagama.gateway.retention.ExpiredResults.Swept;
import dev.anagama.platform.config.Retention;
import dev.anagama.platform.objectstore.ObjectStore;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that removes expired results from time to time. Every gateway has one, and they do not
 * know of one another: pauses are drawn, so that they seldom meet, and meeting does no harm.
 */
public final class ResultSweeper implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ResultSweeper.class);

  private static final Duration SHORTEST_PAUSE = Duration.ofMinutes(5);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(15);

  /** Some 50,000 objects looked at in a round, 300,000 in an hour. */
  private static final Limits LIMITS = new Limits(50, 5_000);

  private static final long CLOSE_SECONDS = 5;

  private final ExpiredResults expired;
  private final RandomGenerator random;
  private final ScheduledThreadPoolExecutor thread;

  // Of the thread alone.
  private Optional<String> last = Optional.empty();

  private ResultSweeper(ExpiredResults expired, RandomGenerator random) {
    this.expired = expired;
    this.random = random;
    this.thread =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread one = new Thread(task, "anagama-gateway-sweep");
              one.setDaemon(true);
              return one;
            });
    this.thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /**
   * Starts the thread; empty if results are kept for good.
   *
   * @param random draws the pauses
   */
  public static Optional<ResultSweeper> start(
      ObjectStore store, String tenant, Retention retention, Clock clock, RandomGenerator random) {
    return retention
        .keep()
        .map(
            keep -> {
              ResultSweeper sweeper =
                  new ResultSweeper(new ExpiredResults(store, tenant, keep, clock, LIMITS), random);
              sweeper.later();
              return sweeper;
            });
  }

  /** Stops the thread, at once or after the object at hand. */
  @Override
  public void close() {
    thread.shutdownNow();
    try {
      if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        log.warn("the object store does not let go of the sweep; it ends with the process");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void later() {
    long pauseMillis = random.nextLong(SHORTEST_PAUSE.toMillis(), LONGEST_PAUSE.toMillis());
    try {
      var unused = thread.schedule(this::round, pauseMillis, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("no more rounds, the gateway stops");
    }
  }

  private void round() {
    try {
      Swept swept = expired.round(last);
      last = swept.last();
      if (swept.images() + swept.records() > 0) {
        log.info(
            "removed {} images and {} records of jobs that expired",
            swept.images(),
            swept.records());
      }
    } catch (RuntimeException e) {
      log.warn("expired results were not removed, the next round tries again: {}", e.toString());
    }
    later();
  }
}
