package dev.anagama.diffusion.guidance;

/**
 * How strongly, and where, an image is guided.
 *
 * @param weight w of the paper: 0 is no guidance; finite, at least 0. The {@code guidance_scale} of
 *     the public interface is 1 + w
 * @param interval the levels at which the weight applies
 */
public record Guidance(double weight, GuidanceInterval interval) {
  /** The conditional prediction alone. */
  public static final Guidance NONE = new Guidance(0, GuidanceInterval.ALWAYS);

  /**
   * Checks the weight.
   *
   * @throws IllegalArgumentException if the weight is negative or not finite
   */
  public Guidance {
    if (!(weight >= 0 && Double.isFinite(weight))) {
      throw new IllegalArgumentException(
          "guidance.weight is " + weight + ", must be finite and at least 0");
    }
  }

  /** The weight at a noise level: w inside the interval, 0 outside. */
  public double weightAt(double logSnr) {
    return interval.contains(logSnr) ? weight : 0;
  }
}
