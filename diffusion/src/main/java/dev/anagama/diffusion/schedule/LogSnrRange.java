package dev.anagama.diffusion.schedule;

/**
 * The log-SNR values a model was trained on and is sampled over.
 *
 * @param min the noisiest level, at least -{@value #LIMIT}
 * @param max the cleanest level, greater than {@code min}, at most {@value #LIMIT}
 */
public record LogSnrRange(double min, double max) {
  /** Beyond it {@code 1 / alpha} passes 5e8, where float32 images hold nothing of the signal. */
  public static final double LIMIT = 40;

  /** The range of the paper, section 4. */
  public static final LogSnrRange DEFAULT = new LogSnrRange(-20, 20);

  /**
   * Checks the ends.
   *
   * @throws IllegalArgumentException naming the end that is wrong
   */
  public LogSnrRange {
    requireWithinLimit("min", min);
    requireWithinLimit("max", max);
    if (min >= max) {
      throw new IllegalArgumentException(
          "logSnrRange.min is " + min + ", must be less than max, which is " + max);
    }
  }

  /** Whether a level lies in the range, both ends included. */
  public boolean contains(double logSnr) {
    return logSnr >= min && logSnr <= max;
  }

  /** What this range and another have in common; this range itself if that is nothing. */
  public LogSnrRange cutTo(LogSnrRange other) {
    double lower = Math.max(min, other.min);
    double upper = Math.min(max, other.max);
    return lower < upper ? new LogSnrRange(lower, upper) : this;
  }

  private static void requireWithinLimit(String end, double value) {
    if (!(Math.abs(value) <= LIMIT)) {
      throw new IllegalArgumentException(
          "logSnrRange."
              + end
              + " is "
              + value
              + ", must be within [-"
              + LIMIT
              + ", "
              + LIMIT
              + "]");
    }
  }
}
