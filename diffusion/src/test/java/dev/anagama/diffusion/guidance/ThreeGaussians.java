package dev.anagama.diffusion.guidance;

/** The data of the paper's Figure 2: three classes at the corners of a triangle, overlapping. */
public final class ThreeGaussians {
  /** Distance of each mean from the origin. */
  public static final double RADIUS = 0.8;

  /** Width of each Gaussian. */
  public static final double STD = 0.5;

  private ThreeGaussians() {}

  /** Equal weights. */
  public static GaussianMixture data() {
    return new GaussianMixture(
        new double[][] {direction(0), direction(1), direction(2)},
        new double[] {1.0 / 3, 1.0 / 3, 1.0 / 3},
        STD);
  }

  /** Mean of a class, which also points away from the other two. */
  public static double[] direction(int k) {
    double angle = Math.PI / 2 + 2 * Math.PI * k / 3;
    return new double[] {RADIUS * Math.cos(angle), RADIUS * Math.sin(angle)};
  }
}
