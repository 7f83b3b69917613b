package dev.anagama.diffusion.guidance;

import ai.djl.ndarray.NDArray;

/**
 * Adaptive projected guidance (Sadat et al., arXiv 2410.02416, algorithm 1). The difference of the
 * two predictions of x, {@code d = x_c - x_u}, gets a momentum, {@code d + beta d_before}, is
 * shortened to a norm of at most r, and loses a part of what is parallel to x_c, which mostly
 * saturates: {@code x~ = x_c + w (d_orthogonal + eta d_parallel)}. With eta = 1, no limit and no
 * momentum that is classifier-free guidance.
 *
 * @param eta what stays of the parallel part, 0 to 1; the paper takes 0
 * @param normLimit r, above 0; infinite for no limit. It grows with the square root of the number
 *     of pixels
 * @param momentum beta, within [-{@value #MAX_MOMENTUM}, {@value #MAX_MOMENTUM}]; the paper takes
 *     values from -0.75 to 0, which weaken what stays the same
 */
public record GuidanceProjection(double eta, double normLimit, double momentum) {
  /** Strongest momentum, in both directions; at 1 it would never fade. */
  public static final double MAX_MOMENTUM = 0.9;

  /** Classifier-free guidance. */
  public static final GuidanceProjection NONE =
      new GuidanceProjection(1, Double.POSITIVE_INFINITY, 0);

  /**
   * Largest sigma / alpha whose difference is remembered, the noisiest level of most models. In x a
   * difference of eps is multiplied by it: at l = -20, by 22026, which makes an image of the
   * network's error that would take many steps to fade.
   */
  static final double NOISIEST_REMEMBERED = 80;

  /** What divides where an image is 0 and has neither norm nor direction. */
  private static final float SMALLEST = 1e-30f;

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException naming the one that is wrong
   */
  public GuidanceProjection {
    require(eta >= 0 && eta <= 1, "eta", eta, "within [0, 1]");
    require(normLimit > 0, "normLimit", normLimit, "above 0");
    require(
        Math.abs(momentum) <= MAX_MOMENTUM,
        "momentum",
        momentum,
        "within [-" + MAX_MOMENTUM + ", " + MAX_MOMENTUM + "]");
  }

  /**
   * Shortens and turns each row of a difference.
   *
   * @param difference d up to a factor for each row, float32[N, C, H, W]
   * @param limit r with the same factor, float32[N, 1, 1, 1]
   * @param clean x_c up to a factor for each row, float32[N, C, H, W]
   * @param etaLessOne eta - 1 of each row, float32[N, 1, 1, 1]
   */
  static NDArray apply(NDArray difference, NDArray limit, NDArray clean, NDArray etaLessOne) {
    // min(1, r / |d|), which is exactly 1 where there is no limit.
    NDArray norm = dot(difference, difference).sqrt();
    NDArray shortened = difference.mul(limit.div(norm.maximum(SMALLEST)).minimum(1));
    NDArray along = dot(shortened, clean).div(dot(clean, clean).maximum(SMALLEST));
    return shortened.add(clean.mul(along.mul(etaLessOne)));
  }

  /** Inner product over the pixels of each row, [N, 1, 1, 1]. */
  private static NDArray dot(NDArray a, NDArray b) {
    return a.mul(b).sum(new int[] {1, 2, 3}, true);
  }

  private static void require(boolean holds, String field, double value, String allowed) {
    if (!holds) {
      throw new IllegalArgumentException(
          "guidanceProjection." + field + " is " + value + ", must be " + allowed);
    }
  }
}
