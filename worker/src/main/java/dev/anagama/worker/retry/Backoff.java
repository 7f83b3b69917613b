package dev.anagama.worker.retry;

import java.util.random.RandomGenerator;

/**
 * Pauses that double from try to try up to a longest one. Each is drawn from the upper half of its
 * range, so that workers that failed together do not come back together. Safe for use by many
 * threads.
 */
public final class Backoff {
  private static final int MAX_DOUBLINGS = 30;

  private final long firstMillis;
  private final long longestMillis;
  private final RandomGenerator random;

  /**
   * Sets the ends of the range.
   *
   * @param firstMillis pause after the first failure, at least 1
   * @param longestMillis no pause is longer, at least {@code firstMillis}
   * @param random used under this object's lock
   */
  public Backoff(long firstMillis, long longestMillis, RandomGenerator random) {
    if (firstMillis < 1 || longestMillis < firstMillis) {
      throw new IllegalArgumentException(
          "firstMillis is %d and longestMillis is %d; allowed: 1 <= first <= longest"
              .formatted(firstMillis, longestMillis));
    }
    this.firstMillis = firstMillis;
    this.longestMillis = longestMillis;
    this.random = random;
  }

  /**
   * The pause after a failure.
   *
   * @param failures how many there were in a row, at least 1
   */
  public synchronized long pauseMillis(int failures) {
    int doublings = Math.min(MAX_DOUBLINGS, Math.max(0, failures - 1));
    long range = Math.min(longestMillis, firstMillis << doublings);
    return range - random.nextLong(range / 2 + 1);
  }
}
