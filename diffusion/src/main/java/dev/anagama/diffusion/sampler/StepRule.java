package dev.anagama.diffusion.sampler;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.guidance.GuidedNoise;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Moves rows, each by its own step, to their next noise levels (Algorithm 2, lines 4 and 5). */
public final class StepRule {
  private static final int COEFFICIENTS = 5;
  private static final int MEMORY_COEFFICIENTS = 3;

  private StepRule() {}

  /**
   * The next state of each row.
   *
   * @param before N rows; unchanged
   * @param guided eps~ of these rows, unchanged, and the momentum that they go on with
   * @param stepOfRow the step that each row takes, N values
   * @param bounds of x~
   * @param noise standard normal, float32[N, C, H, W], unchanged; null only if no row's step adds
   *     noise
   * @return z' (of a last step: x~) and what is remembered, attached to z's manager
   * @throws IllegalArgumentException if the sizes differ, or needed noise or memory is missing
   */
  public static RowState advance(
      RowState before,
      GuidedNoise guided,
      Step[] stepOfRow,
      PixelBounds bounds,
      @Nullable NDArray noise) {
    NDArray z = before.z();
    requireRows(before, stepOfRow, bounds, noise);
    NDManager owner = z.getManager();
    try (NDManager scope = owner.newSubManager()) {
      scope.tempAttachAll(z, guided.eps());
      NDList c = coefficients(scope, stepOfRow);

      // Line 4: x~ = (z - sigma eps~) / alpha.
      NDArray x = z.sub(guided.eps().mul(c.get(0))).muli(c.get(1));
      x = bounds.apply(scope, x);
      // Line 5: z' ~ N(mu~(z, x~), noiseScale^2).
      NDArray next = z.mul(c.get(2)).addi(x.mul(c.get(3)));
      if (noise != null) {
        scope.tempAttachAll(noise);
        next = next.addi(noise.mul(c.get(4)));
      }
      @Nullable NDArray kept = null;
      if (Arrays.stream(stepOfRow).anyMatch(step -> step.recalls() || step.remembers())) {
        NDList m = memoryCoefficients(scope, stepOfRow);
        if (before.memory() != null) {
          scope.tempAttachAll(before.memory());
          next = next.addi(before.memory().mul(m.get(0)));
        }
        if (Arrays.stream(stepOfRow).anyMatch(Step::remembers)) {
          kept = z.mul(m.get(1)).addi(x.mul(m.get(2)));
          kept.attach(owner);
        }
      }
      next.attach(owner);
      return new RowState(next, kept, guided.momentum());
    }
  }

  private static void requireRows(
      RowState before, Step[] stepOfRow, PixelBounds bounds, @Nullable NDArray noise) {
    Shape shape = before.z().getShape();
    int rows = stepOfRow.length;
    if (shape.dimension() != 4 || shape.get(0) != rows || bounds.thresholds().size() != rows) {
      throw new IllegalArgumentException(
          "z is %s with bounds for %d rows, must be [N, C, H, W] with N = %d steps"
              .formatted(shape, bounds.thresholds().size(), rows));
    }
    for (int row = 0; row < rows; row++) {
      Step step = stepOfRow[row];
      if (noise == null && step.noiseScale() != 0) {
        throw new IllegalArgumentException("noise is missing, but row " + row + " takes " + step);
      }
      if (before.memory() == null && step.recalls()) {
        throw new IllegalArgumentException("memory is missing, but row " + row + " takes " + step);
      }
    }
  }

  /** One array for one transfer: sigma, 1/alpha, z, x and noise coefficients of all rows. */
  private static NDList coefficients(NDManager scope, Step[] stepOfRow) {
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
    return scope.create(c, new Shape(c.length, 1, 1, 1)).split(COEFFICIENTS);
  }

  /** The same for the memory: what is recalled of it, and what z and x~ leave in it. */
  private static NDList memoryCoefficients(NDManager scope, Step[] stepOfRow) {
    int rows = stepOfRow.length;
    float[] c = new float[MEMORY_COEFFICIENTS * rows];
    for (int row = 0; row < rows; row++) {
      Step step = stepOfRow[row];
      c[row] = (float) step.memoryCoefficient();
      c[rows + row] = (float) step.keeps().zCoefficient();
      c[2 * rows + row] = (float) step.keeps().xCoefficient();
    }
    return scope.create(c, new Shape(c.length, 1, 1, 1)).split(MEMORY_COEFFICIENTS);
  }
}
