package dev.anagama.diffusion.schedule;

/**
 * The time steps of EDM (Karras et al., arXiv 2206.00364, eq. 5) in log-SNR: EDM's noise level, our
 * {@code s = sigma / alpha = e^(-l/2)}, is {@code s(u) = (s_min^(1/rho) + u (s_max^(1/rho) -
 * s_min^(1/rho)))^rho}. The larger rho is, the shorter the steps near the clean end.
 *
 * @param range the ends
 * @param rho above 0
 */
public record RhoSchedule(LogSnrRange range, double rho) implements NoiseSchedule {
  /** EDM's value for sampling (table 1). */
  public static final double DEFAULT_RHO = 7;

  /**
   * EDM's ends (table 1), s from 80 to 0.002. What lies beyond them shows neither in the noise nor
   * in the image, and steps spent there are lost.
   */
  public static final LogSnrRange ENDS = new LogSnrRange(-2 * Math.log(80), -2 * Math.log(0.002));

  /**
   * Checks rho.
   *
   * @throws IllegalArgumentException unless it is finite and above 0
   */
  public RhoSchedule {
    if (!(rho > 0 && Double.isFinite(rho))) {
      throw new IllegalArgumentException("rho is " + rho + ", must be finite and above 0");
    }
  }

  /** EDM's rho, and the part of a model's range that {@link #ENDS} leaves. */
  public static RhoSchedule over(LogSnrRange model) {
    return new RhoSchedule(model.cutTo(ENDS), DEFAULT_RHO);
  }

  @Override
  public double logSnr(double u) {
    CosineSchedule.requireTime(u);
    if (u == 0) {
      return range.max();
    }
    if (u == 1) {
      return range.min();
    }
    // s^(1/rho) is e^(-l / (2 rho)).
    double clean = Math.exp(-range.max() / (2 * rho));
    double noisy = Math.exp(-range.min() / (2 * rho));
    return -2 * rho * Math.log(clean + u * (noisy - clean));
  }
}
