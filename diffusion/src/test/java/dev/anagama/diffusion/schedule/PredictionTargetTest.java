package dev.anagama.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PredictionTargetTest {
  private static final double X = 0.37;
  private static final double EPS = -1.21;

  @ParameterizedTest
  @EnumSource
  void coefficients_perfectPrediction_giveTheNoiseBack(PredictionTarget target) {
    for (double l = -12; l <= 12; l += 0.5) {
      double z = LogSnr.alpha(l) * X + LogSnr.sigma(l) * EPS;
      double prediction = target.xInTarget(l) * X + target.epsInTarget(l) * EPS;
      double eps = target.targetInNoise(l) * prediction + target.zInNoise(l) * z;

      assertThat(eps).isCloseTo(EPS, within(1e-12));
    }
  }

  @ParameterizedTest
  @EnumSource
  void toNoise_rowsAtDifferentLevels_followsTheCoefficients(PredictionTarget target) {
    float[] levels = {-6, -0.5f, 0, 3};
    float[] z = {0.1f, -2, 0.7f, 1.4f};
    float[] predictions = {-0.3f, 0.9f, 1.1f, -0.6f};
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray eps =
          target.toNoise(
              manager.create(predictions, new Shape(4, 1, 1, 1)),
              manager.create(z, new Shape(4, 1, 1, 1)),
              manager.create(levels));

      assertThat(eps.getShape()).isEqualTo(new Shape(4, 1, 1, 1));
      for (int row = 0; row < 4; row++) {
        double expected =
            target.targetInNoise(levels[row]) * predictions[row]
                + target.zInNoise(levels[row]) * z[row];
        assertThat((double) eps.toFloatArray()[row]).isCloseTo(expected, within(1e-5));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void toNoise_called_leavesOnlyItsResult(PredictionTarget target) {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray prediction = manager.ones(new Shape(2, 1, 3, 3));
      NDArray z = manager.ones(new Shape(2, 1, 3, 3));
      NDArray logSnr = manager.create(new float[] {-1, 1});

      NDArray eps = target.toNoise(prediction, z, logSnr);

      assertThat(eps.getManager()).isSameAs(manager);
      assertThat(manager.getManagedArrays())
          .hasSize(target == PredictionTarget.NOISE ? 3 : 4)
          .contains(prediction, z, logSnr);
    }
  }

  @ParameterizedTest
  @EnumSource
  void ofLabel_ownLabel_isTheTarget(PredictionTarget target) {
    assertThat(PredictionTarget.ofLabel(target.label())).isSameAs(target);
  }

  @Test
  void ofLabel_unknown_saysWhatIsAllowed() {
    assertThatThrownBy(() -> PredictionTarget.ofLabel("score"))
        .hasMessage("predictionTarget is \"score\", must be one of eps, x, v");
  }

  @ParameterizedTest
  @EnumSource(PredictionTarget.class)
  void of_rowsAtDifferentLevels_isWhatToNoiseTurnsBack(PredictionTarget target) {
    try (NDManager manager = NDManager.newBaseManager()) {
      Shape shape = new Shape(2, 1, 1, 2);
      NDArray x = manager.create(new float[] {0.3f, -1, 0.8f, 0.1f}, shape);
      NDArray eps = manager.create(new float[] {-0.4f, 1.2f, 0.6f, -2}, shape);
      double[] levels = {-1, 2};
      Shape column = new Shape(2, 1, 1, 1);
      NDArray alpha =
          manager.create(new float[] {(float) LogSnr.alpha(-1), (float) LogSnr.alpha(2)});
      NDArray sigma =
          manager.create(new float[] {(float) LogSnr.sigma(-1), (float) LogSnr.sigma(2)});
      NDArray z = x.mul(alpha.reshape(column)).add(eps.mul(sigma.reshape(column)));

      NDArray answered = target.of(x, eps, levels);

      assertThat(target.toNoise(answered, z, manager.create(new float[] {-1, 2})).toFloatArray())
          .containsExactly(eps.toFloatArray(), within(1e-5f));
    }
  }
}
