package dev.anagama.bench.faults;

import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** Waits for what other processes do. */
final class Waiting {
  private static final long LOOK_MILLIS = 20;

  private Waiting() {}

  /**
   * Returns when it is so.
   *
   * @param what for the message, as in "the broker to answer"
   * @throws TimeoutException if it is not so in time
   */
  static void until(String what, Duration longest, BooleanSupplier so)
      throws InterruptedException, TimeoutException {
    long startNanos = System.nanoTime();
    while (!so.getAsBoolean()) {
      if (System.nanoTime() - startNanos > longest.toNanos()) {
        throw new TimeoutException("waited %d s for %s".formatted(longest.toSeconds(), what));
      }
      Thread.sleep(LOOK_MILLIS);
    }
  }
}
