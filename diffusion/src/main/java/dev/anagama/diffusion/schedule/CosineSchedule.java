package dev.anagama.diffusion.schedule;

/**
 * The continuous cosine schedule of the paper (section 2, after eq. 2): {@code l(u) = -2 ln tan(a u
 * + b)}, where {@code b = arctan(e^(-max/2))} and {@code a = arctan(e^(-min/2)) - b}.
 *
 * <p>Time u runs over [0, 1]; u = 0 is clean (l = max), u = 1 is noise (l = min). With u uniform, l
 * has the hyperbolic-secant density {@code sech(l/2) / (4 a)} on the range: that is p(lambda), from
 * which training draws.
 */
public record CosineSchedule(LogSnrRange range) implements NoiseSchedule {
  /** The schedule over the paper's range. */
  public static final CosineSchedule DEFAULT = new CosineSchedule(LogSnrRange.DEFAULT);

  @Override
  public double logSnr(double u) {
    requireTime(u);
    if (u == 0) {
      return range.max();
    }
    if (u == 1) {
      return range.min();
    }
    // The angle is kept below pi/4 by counting from the nearer end, for tan loses digits near pi/2.
    double fromClean = cleanEnd() + span() * u;
    double logSnr =
        fromClean <= Math.PI / 4
            ? -2 * Math.log(Math.tan(fromClean))
            : 2 * Math.log(Math.tan(noiseEnd() + span() * (1 - u)));
    return Math.min(range.max(), Math.max(range.min(), logSnr));
  }

  /**
   * The inverse of {@link #logSnr}.
   *
   * @param logSnr a level in the range
   * @return time in [0, 1]
   * @throws IllegalArgumentException if the level is outside the range
   */
  public double time(double logSnr) {
    if (!range.contains(logSnr)) {
      throw new IllegalArgumentException(
          "logSnr is " + logSnr + ", must be within [" + range.min() + ", " + range.max() + "]");
    }
    double time =
        logSnr >= 0
            ? (Math.atan(Math.exp(-logSnr / 2)) - cleanEnd()) / span()
            : 1 - (Math.atan(Math.exp(logSnr / 2)) - noiseEnd()) / span();
    return Math.min(1, Math.max(0, time));
  }

  static void requireTime(double u) {
    if (!(u >= 0 && u <= 1)) {
      throw new IllegalArgumentException("u is " + u + ", must be within [0, 1]");
    }
  }

  /** b: the angle at u = 0. */
  private double cleanEnd() {
    return Math.atan(Math.exp(-range.max() / 2));
  }

  /** pi/2 - (a + b): what the angle at u = 1 lacks to a right angle. */
  private double noiseEnd() {
    return Math.atan(Math.exp(range.min() / 2));
  }

  /** a. */
  private double span() {
    return Math.PI / 2 - cleanEnd() - noiseEnd();
  }
}
