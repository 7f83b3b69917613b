package dev.anagama.diffusion.guidance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AutoguidanceTest {
  private final GaussianMixture good = ThreeGaussians.data();
  private final CountingDenoiser network = new CountingDenoiser(good);

  /** The same means, spread too widely: the usual mistake of a model that has learnt less. */
  private final CountingDenoiser weaker =
      new CountingDenoiser(
          new GaussianMixture(
              new double[][] {
                ThreeGaussians.direction(0),
                ThreeGaussians.direction(1),
                ThreeGaussians.direction(2)
              },
              new double[] {1.0 / 3, 1.0 / 3, 1.0 / 3},
              0.9));

  private final Autoguidance guided = new Autoguidance(network, weaker);
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void predictNoise_mixedWeights_leadsAwayFromTheWeakerModelWithTheSameCondition() {
    NDArray z =
        manager.create(new float[] {0.3f, -1, 0.8f, 0.2f, -0.4f, 1.5f}, new Shape(3, 2, 1, 1));
    float[] levels = {0.5f, -1, 2};
    long[] conditions = {1, 2, 3};
    double[] weights = {1.5, 0, 0.5};

    GuidedNoise made = guided.predictNoise(z, GuidedRowsOf.rows(levels, conditions, weights), null);

    assertThat(network.calls()).hasSize(1);
    assertThat(network.calls().get(0)).containsExactly(1L, 2L, 3L);
    assertThat(weaker.calls()).hasSize(1);
    assertThat(weaker.calls().get(0)).containsExactly(1L, 3L);
    NDArray level = manager.create(levels);
    NDArray condition = manager.create(conditions);
    float[] strong = network.predictNoise(z, level, condition).toFloatArray();
    float[] weak = weaker.predictNoise(z, level, condition).toFloatArray();
    float[] eps = made.eps().toFloatArray();
    for (int i = 0; i < 6; i++) {
      double w = weights[i / 2];
      assertThat((double) eps[i]).isCloseTo((1 + w) * strong[i] - w * weak[i], within(1e-5));
    }
  }

  @Test
  void predictNoise_noRowGuided_asksOneNetwork() {
    NDArray z = manager.zeros(new Shape(1, 2, 1, 1));

    guided.predictNoise(z, GuidedRowsOf.rows(0, 1, Guidance.NONE), null);

    assertThat(network.calls()).hasSize(1);
    assertThat(weaker.calls()).isEmpty();
  }
}
