package dev.anagama.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.guidance.ClassifierFreeGuidance;
import dev.anagama.diffusion.guidance.GaussianMixture;
import dev.anagama.diffusion.guidance.Guidance;
import java.util.List;
import org.junit.jupiter.api.Test;

class LowTemperatureTest {
  private static final GaussianMixture DATA = GaussianMixture.single(0.4, 0.3);
  private static final int ROWS = 3000;

  private static double spread(LowTemperature temperature) {
    List<Step> steps = temperature.shrunk(Runs.steps(new AncestralSampler(), 64));
    ClassifierFreeGuidance network =
        new ClassifierFreeGuidance(temperature.around(DATA), DATA.nullCondition());
    try (NDManager manager = NDManager.newBaseManager()) {
      float[] x =
          new DenoisingLoop(network, steps, false)
              .sample(
                  manager,
                  Runs.images(ROWS, 0, Guidance.NONE, 3),
                  new Shape(1, 1, 1),
                  StepListener.SILENT)
              .toFloatArray();
      double square = 0;
      for (float value : x) {
        square += (value - 0.3) * (value - 0.3) / ROWS;
      }
      return Math.sqrt(square);
    }
  }

  @Test
  void shrunkNoise_orScaledScore_concentratesTheSamples() {
    double plain = spread(new LowTemperature(1, 1));
    assertThat(plain).isCloseTo(0.4, within(0.03));
    assertThat(spread(new LowTemperature(1, 0.7))).isLessThan(0.85 * plain);
    assertThat(spread(new LowTemperature(1.1, 1))).isLessThan(0.95 * plain);
  }

  @Test
  void shrunk_anyStep_changesItsNoiseAlone() {
    List<Step> steps = Runs.steps(new AncestralSampler(), 8);
    List<Step> shrunk = new LowTemperature(1, 0.5).shrunk(steps);
    for (int i = 0; i < 8; i++) {
      assertThat(shrunk.get(i).noiseScale()).isEqualTo(0.5 * steps.get(i).noiseScale());
      assertThat(shrunk.get(i).zCoefficient()).isEqualTo(steps.get(i).zCoefficient());
      assertThat(shrunk.get(i).xCoefficient()).isEqualTo(steps.get(i).xCoefficient());
    }
  }

  @Test
  void construct_wrongFactors_areRefused() {
    assertThatThrownBy(() -> new LowTemperature(0, 1))
        .hasMessage("scoreScale is 0.0, must be finite and above 0");
    assertThatThrownBy(() -> new LowTemperature(1, 1.1))
        .hasMessage("noiseScale is 1.1, must be within [0, 1]");
  }
}
