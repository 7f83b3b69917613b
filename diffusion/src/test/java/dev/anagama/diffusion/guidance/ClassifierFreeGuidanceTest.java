package dev.anagama.diffusion.guidance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClassifierFreeGuidanceTest {
  private static final long NULL = 3;

  private final NDManager manager = NDManager.newBaseManager();
  private final CountingDenoiser network = new CountingDenoiser(new ScalingDenoiser());
  private final ClassifierFreeGuidance guidance = new ClassifierFreeGuidance(network, NULL);

  /** eps = (1 + c) z + l: every row's own, and -0 stays -0 for l = -0. */
  private static final class ScalingDenoiser implements Denoiser {
    @Override
    public NDArray predictNoise(NDArray z, NDArray logSnr, NDArray condition) {
      NDArray scale = condition.toType(DataType.FLOAT32, true).add(1).reshape(-1, 1, 1, 1);
      return z.mul(scale).add(logSnr.reshape(-1, 1, 1, 1));
    }
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private NDArray z(float... values) {
    return manager.create(values, new Shape(values.length / 2, 1, 1, 2));
  }

  @Test
  void predictNoise_guidedRows_followTheFormulaWithTheirOwnWeights() {
    NDArray z = z(0.5f, -1, 2, 0.25f, -0.75f, 1);
    float[] levels = {1, -2, 0.5f};
    double[] weights = {0.5, 4, 1};

    float[] guided =
        guidance
            .predictNoise(z, GuidedRowsOf.rows(levels, new long[] {0, 1, 2}, weights), null)
            .eps()
            .toFloatArray();

    float[] values = z.toFloatArray();
    for (int i = 0; i < 6; i++) {
      int row = i / 2;
      double conditional = values[i] * (1 + row) + levels[row];
      double unconditional = values[i] * (1 + NULL) + levels[row];
      double expected = (1 + weights[row]) * conditional - weights[row] * unconditional;
      assertThat((double) guided[i]).isCloseTo(expected, within(1e-5));
    }
  }

  @Test
  void predictNoise_noRowGuided_isTheConditionalPredictionToTheBit() {
    NDArray z = z(0.1f, -0f, 7e-20f, -3.3f);
    float[] levels = {-0f, 0.3f};
    long[] conditions = {0, 2};

    NDArray guided = predict(z, levels, conditions, 0, -0.0);

    assertBits(guided, conditional(z, levels, conditions));
    assertThat(network.calls()).hasSize(1);
    assertThat(network.calls().get(0)).containsExactly(0L, 2L);
  }

  @Test
  void predictNoise_rowOfWeightZeroAmongGuidedOnes_isConditionalToTheBit() {
    NDArray z = z(0.1f, -0f, 7e-20f, -3.3f, -0f, 0f, 1e30f, -1e-42f);
    float[] levels = {-0f, 0.3f, -0f, -0f};
    long[] conditions = {0, 2, 1, 2};

    NDArray guided = predict(z, levels, conditions, 0, 3, 0, -0.0);

    NDArray conditional = conditional(z, levels, conditions);
    for (int row : new int[] {0, 2, 3}) {
      assertBits(guided.get(row), conditional.get(row));
    }
    assertThat(guided.get(1)).isNotEqualTo(conditional.get(1));
  }

  private static void assertBits(NDArray actual, NDArray expected) {
    float[] expectedValues = expected.toFloatArray();
    float[] values = actual.toFloatArray();
    assertThat(values).hasSameSizeAs(expectedValues);
    for (int i = 0; i < values.length; i++) {
      assertThat(Float.floatToRawIntBits(values[i]))
          .as("value %s of index %s", values[i], i)
          .isEqualTo(Float.floatToRawIntBits(expectedValues[i]));
    }
  }

  @Test
  void predictNoise_mixedWeights_asksOnceWithUnconditionalRowsOnlyWhereNeeded() {
    NDArray z = z(new float[10]);

    predict(z, new float[5], new long[] {0, 1, 2, 0, NULL}, 0, 2, 0, 0.1, 7);

    assertThat(network.calls()).hasSize(1);
    assertThat(network.calls().get(0)).containsExactly(0L, 1L, 2L, 0L, NULL, NULL, NULL);
  }

  @Test
  void weight_unconditionalRowOrOutsideTheInterval_isZero() {
    Guidance strong = new Guidance(3, new GuidanceInterval(-5, 5));

    assertThat(guidance.weight(new GuidedRow(0, NULL, strong))).isZero();
    assertThat(guidance.weight(new GuidedRow(0, 1, strong))).isEqualTo(3);
    assertThat(guidance.weight(new GuidedRow(6, 1, strong))).isZero();
  }

  @Test
  void predictNoise_called_leavesOnlyItsResultAndTheInputsAsTheyWere() {
    NDArray z = z(1, 2, 3, 4);
    GuidedRow[] rows =
        GuidedRowsOf.rows(new float[] {1, 2}, new long[] {0, 1}, new double[] {2, 0});
    ClassifierFreeGuidance exact = new ClassifierFreeGuidance(GaussianMixture.single(0.5, 0, 0), 1);

    for (int call = 1; call <= 5; call++) {
      GuidedNoise made = exact.predictNoise(z, rows, null);
      assertThat(made.eps().getManager()).isSameAs(manager);
      assertThat(made.momentum()).isNull();
      assertThat(manager.getManagedArrays()).hasSize(1 + call);
    }
    assertThat(z.toFloatArray()).containsExactly(1, 2, 3, 4);
    assertThat(z.getManager()).isSameAs(manager);
  }

  @Test
  void predictNoise_wrongSizesOrWeights_areRefused() {
    float[] levels = {1, 2};
    long[] conditions = {0, 1};

    assertThatThrownBy(() -> predict(z(1, 2, 3, 4), new float[] {1}, new long[] {0}, 1))
        .hasMessage("z is (2, 1, 1, 2), must be [N, C, H, W] with N = 1 rows");
    assertThatThrownBy(() -> predict(z(1, 2, 3, 4), levels, conditions, 1, Double.NaN))
        .hasMessage("guidance.weight is NaN, must be finite and at least 0");
  }

  private NDArray predict(NDArray z, float[] levels, long[] conditions, double... weights) {
    return guidance.predictNoise(z, GuidedRowsOf.rows(levels, conditions, weights), null).eps();
  }

  private NDArray conditional(NDArray z, float[] levels, long[] conditions) {
    return new ScalingDenoiser()
        .predictNoise(z, manager.create(levels), manager.create(conditions));
  }
}
