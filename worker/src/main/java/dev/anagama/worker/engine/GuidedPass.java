package dev.anagama.worker.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.guidance.Denoiser;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One forward pass over rows of several schedule groups, their guidance and their steps: Algorithm
 * 2, lines 3 to 5, as {@link dev.anagama.diffusion.guidance.ClassifierFreeGuidance} and {@link
 * dev.anagama.diffusion.sampler.StepRule} have them, in half as many native calls. Each costs some
 * microseconds whatever it computes, and a step of small images takes but a few milliseconds. So
 * everything that depends on levels and weights is put together here, for all network rows at once,
 * and goes to the device in three arrays. A test holds the images against the {@link
 * dev.anagama.diffusion.sampler.DenoisingLoop}.
 */
final class GuidedPass {
  /** Pixels live in [-1, 1], so the estimate of them is kept there; see {@code StepRule}. */
  private static final float PIXEL_LIMIT = 1;

  private final Denoiser denoiser;
  private final long nullCondition;

  GuidedPass(Denoiser denoiser, long nullCondition) {
    this.denoiser = denoiser;
    this.nullCondition = nullCondition;
  }

  /**
   * The next z of each row.
   *
   * @param z float32[N, C, H, W]; unchanged
   * @param rows N of them
   * @param noise what the steps add, scaled already, float32[N, C, H, W]; null if that is nothing
   * @return float32[N, C, H, W], attached to {@code scope} with everything in between
   */
  NDArray next(NDManager scope, NDArray z, List<Row> rows, @Nullable NDArray noise) {
    int count = rows.size();
    int[] guided = guided(rows);
    Shape column = new Shape((long) StepTable.COLUMNS * count, 1, 1, 1);
    NDList of = scope.create(table(rows), column).split(StepTable.COLUMNS);

    // Line 3, eps~ = c - w (u - c): the guided rows stand behind all rows, without their condition.
    // What the network answers can not be changed in place: PyTorch made it for inference.
    NDArray eps =
        denoiser.predictNoise(
            seen(scope, z, guided),
            scope.create(logSnrs(rows, guided)),
            scope.create(conditions(rows, guided)));
    NDArray error;
    if (guided.length == 0) {
      error = z.sub(eps.mul(of.get(StepTable.SIGMA)));
    } else {
      NDArray conditional;
      NDArray difference;
      if (guided.length == count) {
        NDList halves = eps.split(2);
        conditional = halves.get(0);
        difference = halves.get(1).sub(conditional);
      } else {
        // A row without guidance takes itself for its unconditional one: the difference is 0.
        conditional = eps.get(new NDIndex(":{}", count));
        difference = RowSlices.of(scope, eps, secondRows(count, guided)).sub(conditional);
      }
      NDArray guidance = difference.muli(of.get(StepTable.GUIDANCE));
      error = z.sub(conditional.mul(of.get(StepTable.SIGMA))).addi(guidance);
    }

    // Line 4: x~ = (z - sigma eps~) / alpha. Line 5: z' = a z + b x~ + n.
    NDArray x = error.muli(of.get(StepTable.INVERSE_ALPHA)).clip(-PIXEL_LIMIT, PIXEL_LIMIT);
    NDArray next = z.mul(of.get(StepTable.Z)).addi(x.muli(of.get(StepTable.X)));
    return noise == null ? next : next.addi(noise);
  }

  /** Which rows take a second network row at their step. */
  private static int[] guided(List<Row> rows) {
    int[] guided = new int[rows.size()];
    int found = 0;
    for (int row = 0; row < guided.length; row++) {
      if (rows.get(row).weight() != 0) {
        guided[found++] = row;
      }
    }
    return Arrays.copyOf(guided, found);
  }

  private static NDArray seen(NDManager scope, NDArray z, int[] guided) {
    int count = (int) z.getShape().get(0);
    if (guided.length == 0) {
      return z;
    }
    if (guided.length == count) {
      return z.concat(z, 0);
    }
    long[] rows = new long[count + guided.length];
    for (int row = 0; row < rows.length; row++) {
      rows[row] = row < count ? row : guided[row - count];
    }
    return RowSlices.of(scope, z, rows);
  }

  private static float[] logSnrs(List<Row> rows, int[] guided) {
    int count = rows.size();
    float[] values = new float[count + guided.length];
    for (int row = 0; row < values.length; row++) {
      Row of = rows.get(row < count ? row : guided[row - count]);
      values[row] = of.plan().group().table().logSnr(of.stepsTaken());
    }
    return values;
  }

  private long[] conditions(List<Row> rows, int[] guided) {
    int count = rows.size();
    long[] values = new long[count + guided.length];
    for (int row = 0; row < values.length; row++) {
      values[row] = row < count ? rows.get(row).plan().condition() : nullCondition;
    }
    return values;
  }

  /** Row of the pass that holds the unconditional prediction of each row, or the row itself. */
  private static long[] secondRows(int count, int[] guided) {
    long[] second = new long[count];
    for (int row = 0; row < count; row++) {
      second[row] = row;
    }
    for (int k = 0; k < guided.length; k++) {
      second[guided[k]] = (long) count + k;
    }
    return second;
  }

  private static float[] table(List<Row> rows) {
    float[] values = new float[StepTable.COLUMNS * rows.size()];
    for (int row = 0; row < rows.size(); row++) {
      Row of = rows.get(row);
      of.plan().group().table().pack(of.stepsTaken(), of.weight(), values, row, rows.size());
    }
    return values;
  }
}
