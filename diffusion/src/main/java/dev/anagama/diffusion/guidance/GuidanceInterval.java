package dev.anagama.diffusion.guidance;

/**
 * The noise levels at which guidance acts (Kynkaanniemi et al., arXiv 2404.07724), in log-SNR.
 * Outside it the conditional prediction stands alone, which saves the second evaluation.
 *
 * @param minLogSnr noisiest level, inclusive
 * @param maxLogSnr cleanest level, exclusive, greater than {@code minLogSnr}; may be infinite
 */
public record GuidanceInterval(double minLogSnr, double maxLogSnr) {
  /** Every level. */
  public static final GuidanceInterval ALWAYS =
      new GuidanceInterval(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);

  /**
   * Checks the order.
   *
   * @throws IllegalArgumentException unless {@code minLogSnr} is less than {@code maxLogSnr}
   */
  public GuidanceInterval {
    if (!(minLogSnr < maxLogSnr)) {
      throw new IllegalArgumentException(
          "guidanceInterval.minLogSnr is "
              + minLogSnr
              + "; allowed: less than maxLogSnr, which is "
              + maxLogSnr);
    }
  }

  /** Whether guidance acts at a level. */
  public boolean contains(double logSnr) {
    return logSnr >= minLogSnr && logSnr < maxLogSnr;
  }
}
