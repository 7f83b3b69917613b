package dev.anagama.diffusion.schedule;

/**
 * The Gaussians between a noisier level l and a cleaner level l' (paper, eqs. 2 and 3).
 *
 * <p>Forward: {@code q(z_l | z_l')} has variance {@link #forwardVariance}. Backward, when the clean
 * image x is known: {@code q(z_l' | z_l, x)} has mean {@code zCoefficient z_l + xCoefficient x} and
 * variance {@link #posteriorVariance}.
 *
 * @param from l, the noisier level
 * @param to l', the cleaner level
 */
public record Transition(double from, double to) {
  /**
   * Checks the order.
   *
   * @throws IllegalArgumentException unless {@code from} is less than {@code to}
   */
  public Transition {
    if (!(from < to)) {
      throw new IllegalArgumentException(
          "transition.from is " + from + ", must be less than to, which is " + to);
    }
  }

  /** Forward variance {@code (1 - e^(l-l')) sigma_l^2}. */
  public double forwardVariance() {
    return noiseShare() * LogSnr.sigmaSquared(from);
  }

  /** Posterior variance {@code (1 - e^(l-l')) sigma_l'^2}. */
  public double posteriorVariance() {
    return noiseShare() * LogSnr.sigmaSquared(to);
  }

  /** What multiplies z_l in the posterior mean: {@code e^(l-l') alpha_l' / alpha_l}. */
  public double zCoefficient() {
    return Math.exp(from - to) * LogSnr.alpha(to) / LogSnr.alpha(from);
  }

  /** What multiplies x in the posterior mean: {@code (1 - e^(l-l')) alpha_l'}. */
  public double xCoefficient() {
    return noiseShare() * LogSnr.alpha(to);
  }

  /** {@code 1 - e^(l-l')}, by expm1, which keeps its digits when the levels are close. */
  private double noiseShare() {
    return -Math.expm1(from - to);
  }
}
