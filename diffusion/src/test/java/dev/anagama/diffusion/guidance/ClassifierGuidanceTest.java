package dev.anagama.diffusion.guidance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is left beside {@link GuidedScoreTest}, which has the formula. */
class ClassifierGuidanceTest {
  private static final double STEP = 1e-5;

  private final GaussianMixture data = ThreeGaussians.data();
  private final NoisyClassifier classifier = new AutogradClassifier(data::logits);
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void gradient_ofEachRow_isThatOfItsOwnClassAtItsOwnLevel() {
    float[] values = {0.25f, -0.5f, 1.125f, 0.375f};
    double[] levels = {-1, 1.5};
    int[] classes = {2, 0};
    NDArray z = manager.create(values, new Shape(2, 2, 1, 1));

    float[] gradient =
        classifier
            .logProbabilityGradient(
                z, manager.create(new float[] {-1, 1.5f}), manager.create(new long[] {2, 0}))
            .toFloatArray();

    for (int i = 0; i < 4; i++) {
      int row = i / 2;
      double[] ahead = {values[2 * row], values[2 * row + 1]};
      double[] behind = ahead.clone();
      ahead[i % 2] += STEP;
      behind[i % 2] -= STEP;
      double expected =
          (data.logClassProbability(ahead, levels[row], classes[row])
                  - data.logClassProbability(behind, levels[row], classes[row]))
              / (2 * STEP);
      assertThat((double) gradient[i]).isCloseTo(expected, within(1e-4));
    }
  }

  @Test
  void gradient_called_leavesOnlyItsResultAndTheInputsAsTheyWere() {
    NDArray z = manager.create(new float[] {1, 2}, new Shape(1, 2, 1, 1));
    NDArray logSnr = manager.create(new float[] {0});
    NDArray condition = manager.create(new long[] {1});
    for (int call = 1; call <= 3; call++) {
      NDArray gradient = classifier.logProbabilityGradient(z, logSnr, condition);
      assertThat(gradient.getManager()).isSameAs(manager);
      assertThat(manager.getManagedArrays()).hasSize(3 + call);
    }
    assertThat(z.hasGradient()).isFalse();
    assertThat(z.toFloatArray()).containsExactly(1, 2);
  }

  @Test
  void predictNoise_rowsWithoutWeightOrClass_areThoseOfTheNetworkAlone() {
    ClassifierGuidance guided = new ClassifierGuidance(data, classifier, data.nullCondition());
    NDArray z =
        manager.create(new float[] {0.3f, -1, 0.8f, 0.2f, -0.4f, 1.5f}, new Shape(3, 2, 1, 1));
    float[] levels = {0.5f, -1, 2};
    long[] conditions = {1, 2, data.nullCondition()};

    float[] eps =
        guided
            .predictNoise(z, GuidedRowsOf.rows(levels, conditions, new double[] {2, 0, 2}), null)
            .eps()
            .toFloatArray();

    float[] alone =
        data.predictNoise(z, manager.create(levels), manager.create(conditions)).toFloatArray();
    for (int i = 2; i < 6; i++) {
      assertThat(eps[i]).isEqualTo(alone[i]);
    }
    assertThat(eps[0]).isNotEqualTo(alone[0]);
  }
}
