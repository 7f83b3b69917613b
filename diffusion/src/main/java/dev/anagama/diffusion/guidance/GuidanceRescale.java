package dev.anagama.diffusion.guidance;

import ai.djl.ndarray.NDArray;

/**
 * Guidance rescale (Lin et al., arXiv 2305.08891, eqs. 14 to 16): strong guidance widens the spread
 * of the prediction, which shows as overexposure, and a part phi of that is taken back: {@code v' =
 * phi v~ std(v_c) / std(v~) + (1 - phi) v~}, each standard deviation over the pixels of one image.
 *
 * <p>As in the paper the prediction is v, whatever the network predicts, so that phi means the same
 * for every checkpoint. With {@code v = (eps - sigma z) / alpha} this is {@code eps' = eps~ + (f -
 * 1) (eps~ - sigma z)}, where f is the factor of v~.
 *
 * @param phi 0 (nothing) to 1; the paper takes 0.7
 */
public record GuidanceRescale(double phi) {
  /** Nothing is taken back. */
  public static final GuidanceRescale NONE = new GuidanceRescale(0);

  /** Below this spread an image is of one value, and has nothing to be scaled. */
  private static final float SMALLEST_STD = 1e-12f;

  /**
   * Checks phi.
   *
   * @throws IllegalArgumentException if it is outside [0, 1]
   */
  public GuidanceRescale {
    if (!(phi >= 0 && phi <= 1)) {
      throw new IllegalArgumentException("phi is " + phi + ", must be within [0, 1]");
    }
  }

  /**
   * Rescales each row.
   *
   * @param guided eps~, float32[N, C, H, W]
   * @param conditional eps(z, c), of the same shape
   * @param sigmaZ sigma z, of the same shape
   * @param phi of each row, float32[N, 1, 1, 1]; a row of 0 stays as it is
   */
  static NDArray apply(NDArray guided, NDArray conditional, NDArray sigmaZ, NDArray phi) {
    NDArray velocity = guided.sub(sigmaZ);
    NDArray ratio =
        std(conditional.sub(sigmaZ)).div(std(velocity).maximum(SMALLEST_STD)).sub(1).mul(phi);
    return guided.add(velocity.mul(ratio));
  }

  /** Standard deviation over the pixels of each row, [N, 1, 1, 1]. */
  private static NDArray std(NDArray rows) {
    NDArray centred = rows.sub(mean(rows));
    return mean(centred.square()).sqrt();
  }

  /** Mean over the pixels of each row; DJL's own takes a single axis. */
  private static NDArray mean(NDArray rows) {
    long pixels = rows.size() / rows.getShape().get(0);
    return rows.sum(new int[] {1, 2, 3}, true).div(pixels);
  }
}
