package dev.anagama.diffusion.schedule;

/**
 * The variance-preserving forward process {@code z = alpha x + sigma eps}, written in the log
 * signal-to-noise ratio {@code l = ln(alpha^2 / sigma^2)}: larger is cleaner.
 *
 * <p>Two other conventions are near and must not be mixed with this one: the {@code lambda} of
 * DPM-Solver is {@code l / 2}, and the sigma of EDM is {@code sigma / alpha = e^(-l/2)}.
 */
public final class LogSnr {
  private LogSnr() {}

  /** Signal power {@code alpha^2 = 1 / (1 + e^-l)}, in (0, 1). */
  public static double alphaSquared(double logSnr) {
    return sigmoid(logSnr);
  }

  /** Noise power {@code sigma^2 = 1 / (1 + e^l)}, in (0, 1); exact where it is tiny. */
  public static double sigmaSquared(double logSnr) {
    return sigmoid(-logSnr);
  }

  /** Signal amplitude, in (0, 1). */
  public static double alpha(double logSnr) {
    return Math.sqrt(alphaSquared(logSnr));
  }

  /** Noise amplitude, in (0, 1). */
  public static double sigma(double logSnr) {
    return Math.sqrt(sigmaSquared(logSnr));
  }

  /** The exponential never overflows: its argument is never positive. */
  private static double sigmoid(double x) {
    if (x >= 0) {
      return 1 / (1 + Math.exp(-x));
    }
    double e = Math.exp(x);
    return e / (1 + e);
  }
}
