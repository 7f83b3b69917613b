package dev.anagama.diffusion.sampler;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.jspecify.annotations.Nullable;

/** Moves rows, each by its own step, to their next noise levels (Algorithm 2, lines 4 and 5). */
public final class StepRule {
  private static final int COEFFICIENTS = 5;

  private StepRule() {}

  /**
   * The next z of each row.
   *
   * <p><b>Clipping</b> confines x~ to [-1, 1], where pixels live. The paper does not mention it;
   * this is a departure. At l = -20 the estimate divides by alpha = 1/22026, so that an error in
   * eps~ of a thousandth would throw the next z off by far more than an image's range. Data that
   * does not live in [-1, 1] must not be clipped.
   *
   * @param z float32[N, C, H, W]; unchanged
   * @param eps guided noise eps~, float32[N, C, H, W]; unchanged
   * @param stepOfRow the step that each row takes, N values
   * @param clip whether x~ is clipped to [-1, 1]
   * @param noise standard normal, float32[N, C, H, W], unchanged; null only if no row's step adds
   *     noise
   * @return z' (of a last step: x~), float32[N, C, H, W], attached to z's manager
   * @throws IllegalArgumentException if the sizes differ or needed noise is missing
   */
  public static NDArray advance(
      NDArray z, NDArray eps, Step[] stepOfRow, boolean clip, @Nullable NDArray noise) {
    requireRows(z, stepOfRow, noise);
    NDManager owner = z.getManager();
    try (NDManager scope = owner.newSubManager()) {
      scope.tempAttachAll(z, eps);
      Shape shape = new Shape((long) COEFFICIENTS * stepOfRow.length, 1, 1, 1);
      NDList c = scope.create(coefficients(stepOfRow), shape).split(COEFFICIENTS);

      // Line 4: x~ = (z - sigma eps~) / alpha.
      NDArray x = z.sub(eps.mul(c.get(0))).muli(c.get(1));
      if (clip) {
        x = x.clip(-1, 1);
      }
      // Line 5: z' ~ N(mu~(z, x~), noiseScale^2).
      NDArray next = z.mul(c.get(2)).addi(x.muli(c.get(3)));
      if (noise != null) {
        scope.tempAttachAll(noise);
        next = next.addi(noise.mul(c.get(4)));
      }
      next.attach(owner);
      return next;
    }
  }

  private static void requireRows(NDArray z, Step[] stepOfRow, @Nullable NDArray noise) {
    if (z.getShape().dimension() != 4 || z.getShape().get(0) != stepOfRow.length) {
      throw new IllegalArgumentException(
          "z is "
              + z.getShape()
              + ", must be [N, C, H, W] with N = "
              + stepOfRow.length
              + " steps");
    }
    for (int row = 0; row < stepOfRow.length; row++) {
      if (noise == null && stepOfRow[row].noiseScale() != 0) {
        throw new IllegalArgumentException(
            "noise is missing, but row " + row + " takes " + stepOfRow[row]);
      }
    }
  }

  /** One array for one transfer: sigma, 1/alpha, z, x and noise coefficients of all rows. */
  private static float[] coefficients(Step[] stepOfRow) {
    int rows = stepOfRow.length;
    float[] c = new float[COEFFICIENTS * rows];
    for (int row = 0; row < rows; row++) {
      Step step = stepOfRow[row];
      c[row] = (float) step.sigma();
      c[rows + row] = (float) (1 / step.alpha());
      c[2 * rows + row] = (float) step.zCoefficient();
      c[3 * rows + row] = (float) step.xCoefficient();
      c[4 * rows + row] = (float) step.noiseScale();
    }
    return c;
  }
}
