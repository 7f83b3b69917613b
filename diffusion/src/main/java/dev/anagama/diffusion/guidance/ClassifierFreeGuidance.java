package dev.anagama.diffusion.guidance;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Classifier-free guidance (paper, eq. 6 and Algorithm 2 line 3): {@code eps~ = (1 + w) eps(z, c) -
 * w eps(z, null)}, from one network and one forward pass.
 *
 * <p>The pass holds every row with its condition and, behind them, a second copy of the rows whose
 * weight is not 0, with the null condition. A row of weight 0 costs one evaluation and keeps its
 * conditional prediction bit for bit, whatever its neighbours' weights are.
 */
public final class ClassifierFreeGuidance {
  private final Denoiser denoiser;
  private final long nullCondition;

  /**
   * Guides a denoiser.
   *
   * @param denoiser trained on conditions and on their absence
   * @param nullCondition the condition that stands for absence
   */
  public ClassifierFreeGuidance(Denoiser denoiser, long nullCondition) {
    this.denoiser = denoiser;
    this.nullCondition = nullCondition;
  }

  /**
   * The weight that a row needs: that of its guidance at a level, but 0 for an unconditional row,
   * whose two predictions are the same. To be used for {@link #predictNoise}: conditions live on
   * the device there, and reading them back would stall it.
   */
  public double weight(long condition, Guidance guidance, double logSnr) {
    return condition == nullCondition ? 0 : guidance.weightAt(logSnr);
  }

  /** Rows in the forward pass for rows of these weights: one each, two where guidance acts. */
  public static int evaluations(double[] weights) {
    return weights.length + guidedRows(weights).length;
  }

  /**
   * Guided noise of each row.
   *
   * @param z noisy images, float32[N, C, H, W]
   * @param logSnr noise level of each row, float32[N]
   * @param condition condition of each row, int64[N]
   * @param weights w of each row, N finite values; see {@link #weight}
   * @return eps~, float32[N, C, H, W], attached to z's manager
   * @throws IllegalArgumentException if the sizes differ or a weight is not finite
   */
  public NDArray predictNoise(NDArray z, NDArray logSnr, NDArray condition, double[] weights) {
    requireRows(z, weights);
    int rows = weights.length;
    int[] guided = guidedRows(weights);
    if (guided.length == 0) {
      return denoiser.predictNoise(z, logSnr, condition);
    }
    NDManager owner = z.getManager();
    try (NDManager scope = owner.newSubManager()) {
      scope.tempAttachAll(z, logSnr, condition);

      // One pass: all rows as they are, then the guided ones again without their condition.
      NDArray seen = scope.create(rowsSeen(rows, guided));
      NDArray nulls = scope.create(repeated(nullCondition, guided.length));
      NDArray eps =
          denoiser.predictNoise(z.get(seen), logSnr.get(seen), condition.concat(nulls, 0));

      // eps~ = c - w (u - c). An unguided row takes itself for u: c - 0 * 0, which is c to the bit,
      // also for c = -0, where adding the product instead would turn the sign.
      NDArray conditional = eps.get(new NDIndex(":{}", rows));
      NDArray difference = eps.get(scope.create(secondRows(rows, guided))).subi(conditional);
      NDArray w = scope.create(floats(weights), new Shape(rows, 1, 1, 1));
      NDArray result = conditional.sub(difference.muli(w));
      result.attach(owner);
      return result;
    }
  }

  private static void requireRows(NDArray z, double[] weights) {
    if (z.getShape().dimension() != 4 || z.getShape().get(0) != weights.length) {
      throw new IllegalArgumentException(
          "z is "
              + z.getShape()
              + ", must be [N, C, H, W] with N = "
              + weights.length
              + " weights");
    }
    for (double weight : weights) {
      if (!Double.isFinite(weight)) {
        throw new IllegalArgumentException("weight is " + weight + ", must be finite");
      }
    }
  }

  private static int[] guidedRows(double[] weights) {
    return IntStream.range(0, weights.length).filter(row -> weights[row] != 0).toArray();
  }

  /** Row of z behind each row of the pass: 0 .. rows - 1, then the guided ones. */
  private static long[] rowsSeen(int rows, int[] guided) {
    long[] seen = new long[rows + guided.length];
    for (int row = 0; row < rows; row++) {
      seen[row] = row;
    }
    for (int k = 0; k < guided.length; k++) {
      seen[rows + k] = guided[k];
    }
    return seen;
  }

  /** Row of the pass that holds the unconditional prediction of each row, or the row itself. */
  private static long[] secondRows(int rows, int[] guided) {
    long[] second = new long[rows];
    for (int row = 0; row < rows; row++) {
      second[row] = row;
    }
    for (int k = 0; k < guided.length; k++) {
      second[guided[k]] = (long) rows + k;
    }
    return second;
  }

  private static long[] repeated(long value, int times) {
    long[] values = new long[times];
    Arrays.fill(values, value);
    return values;
  }

  private static float[] floats(double[] weights) {
    float[] floats = new float[weights.length];
    for (int row = 0; row < weights.length; row++) {
      // -0 would make the subtraction of 0 * 0 an addition.
      floats[row] = weights[row] == 0 ? 0f : (float) weights[row];
    }
    return floats;
  }
}
