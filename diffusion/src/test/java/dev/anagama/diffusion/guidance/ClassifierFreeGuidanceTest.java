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
    NDArray logSnr = manager.create(new float[] {1, -2, 0.5f});
    double[] weights = {0.5, 4, 1};

    float[] guided =
        guidance
            .predictNoise(z, logSnr, manager.create(new long[] {0, 1, 2}), weights)
            .toFloatArray();

    float[] values = z.toFloatArray();
    float[] levels = logSnr.toFloatArray();
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
    NDArray logSnr = manager.create(new float[] {-0f, 0.3f});
    NDArray condition = manager.create(new long[] {0, 2});

    NDArray guided = guidance.predictNoise(z, logSnr, condition, new double[] {0, -0.0});

    assertBits(guided, new ScalingDenoiser().predictNoise(z, logSnr, condition));
    assertThat(network.calls()).hasSize(1);
    assertThat(network.calls().get(0)).containsExactly(0L, 2L);
  }

  @Test
  void predictNoise_rowOfWeightZeroAmongGuidedOnes_isConditionalToTheBit() {
    NDArray z = z(0.1f, -0f, 7e-20f, -3.3f, -0f, 0f, 1e30f, -1e-42f);
    NDArray logSnr = manager.create(new float[] {-0f, 0.3f, -0f, -0f});
    NDArray condition = manager.create(new long[] {0, 2, 1, 2});

    NDArray guided = guidance.predictNoise(z, logSnr, condition, new double[] {0, 3, 0, -0.0});

    NDArray conditional = new ScalingDenoiser().predictNoise(z, logSnr, condition);
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
    NDArray logSnr = manager.create(new float[5]);
    double[] weights = {0, 2, 0, 0.1, 0};

    guidance.predictNoise(z, logSnr, manager.create(new long[] {0, 1, 2, 0, NULL}), weights);

    assertThat(network.calls()).hasSize(1);
    assertThat(network.calls().get(0)).containsExactly(0L, 1L, 2L, 0L, NULL, NULL, NULL);
    assertThat(ClassifierFreeGuidance.evaluations(weights)).isEqualTo(7);
  }

  @Test
  void weight_unconditionalRowOrOutsideTheInterval_isZero() {
    Guidance strong = new Guidance(3, new GuidanceInterval(-5, 5));

    assertThat(guidance.weight(NULL, strong, 0)).isZero();
    assertThat(guidance.weight(1, strong, 0)).isEqualTo(3);
    assertThat(guidance.weight(1, strong, 6)).isZero();
  }

  @Test
  void predictNoise_called_leavesOnlyItsResultAndTheInputsAsTheyWere() {
    NDArray z = z(1, 2, 3, 4);
    NDArray logSnr = manager.create(new float[] {1, 2});
    NDArray condition = manager.create(new long[] {0, 1});
    ClassifierFreeGuidance exact = new ClassifierFreeGuidance(GaussianMixture.single(0.5, 0, 0), 1);

    for (int call = 1; call <= 5; call++) {
      NDArray eps = exact.predictNoise(z, logSnr, condition, new double[] {2, 0});
      assertThat(eps.getManager()).isSameAs(manager);
      assertThat(manager.getManagedArrays()).hasSize(3 + call);
    }
    assertThat(z.toFloatArray()).containsExactly(1, 2, 3, 4);
    assertThat(z.getManager()).isSameAs(manager);
  }

  @Test
  void predictNoise_wrongSizesOrWeights_areRefused() {
    NDArray logSnr = manager.create(new float[] {1, 2});
    NDArray condition = manager.create(new long[] {0, 1});

    assertThatThrownBy(
            () -> guidance.predictNoise(z(1, 2, 3, 4), logSnr, condition, new double[] {1}))
        .hasMessage("z is (2, 1, 1, 2), must be [N, C, H, W] with N = 1 weights");
    assertThatThrownBy(
            () ->
                guidance.predictNoise(
                    z(1, 2, 3, 4), logSnr, condition, new double[] {1, Double.NaN}))
        .hasMessage("weight is NaN, must be finite");
  }
}
