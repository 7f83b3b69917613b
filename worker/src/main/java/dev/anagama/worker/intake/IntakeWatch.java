package dev.anagama.worker.intake;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in the log what the intake waits for when that takes long: after {@value #FIRST_SECONDS} s,
 * and then after twice the time, and so on. Used by one thread.
 */
final class IntakeWatch {
  private static final Logger log = LoggerFactory.getLogger(IntakeWatch.class);

  private static final int FIRST_SECONDS = 10;
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private String awaited = "";
  private long sinceNanos;
  private long saidAfterSeconds;
  private long lookedNanos = System.nanoTime() - LOOK_NANOS;

  /** Whether it is time for another look, which costs a bit. */
  boolean due(long nowNanos) {
    return nowNanos - lookedNanos >= LOOK_NANOS;
  }

  /**
   * What is seen.
   *
   * @param now what is waited for; empty for nothing, or for jobs to come
   */
  void see(String now, long nowNanos) {
    lookedNanos = nowNanos;
    if (!now.equals(awaited)) {
      if (saidAfterSeconds > 0) {
        log.warn("intake: no longer waits for {}", awaited);
      }
      awaited = now;
      sinceNanos = nowNanos;
      saidAfterSeconds = 0;
      return;
    }
    long seconds = TimeUnit.NANOSECONDS.toSeconds(nowNanos - sinceNanos);
    if (!now.isEmpty() && seconds >= Math.max(FIRST_SECONDS, 2 * saidAfterSeconds)) {
      log.warn("intake: has waited for {} s for {}", seconds, now);
      saidAfterSeconds = seconds;
    }
  }
}
