package dev.anagama.diffusion.guidance;

/** The paper's w, by noise level. */
@FunctionalInterface
public interface GuidanceWeight {
  /** w at a level: finite, at least 0. */
  double at(double logSnr);

  /**
   * The same w at every level, as in the paper.
   *
   * @throws IllegalArgumentException if it is negative or not finite
   */
  static GuidanceWeight constant(double weight) {
    requireWeight(weight);
    return logSnr -> weight;
  }

  /**
   * A weight that grows from 0 at noise to twice its mean at clean, linearly in the time of the
   * cosine schedule: {@code w(l) = 2 mean (1 - u(l))} with {@code u(l) = (2 / pi) arctan(e^(-l/2))}
   * (the "linear" schedule of Wang et al., arXiv 2404.13040).
   *
   * @throws IllegalArgumentException if the mean is negative or not finite
   */
  static GuidanceWeight growing(double mean) {
    requireWeight(mean);
    return logSnr -> 2 * mean * (1 - 2 / Math.PI * Math.atan(Math.exp(-logSnr / 2)));
  }

  private static void requireWeight(double weight) {
    if (!(weight >= 0 && Double.isFinite(weight))) {
      throw new IllegalArgumentException(
          "guidance.weight is " + weight + ", must be finite and at least 0");
    }
  }
}
