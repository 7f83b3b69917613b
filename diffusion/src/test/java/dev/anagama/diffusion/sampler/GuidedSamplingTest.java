package dev.anagama.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.anagama.diffusion.guidance.GaussianMixture;
import dev.anagama.diffusion.guidance.Guidance;
import dev.anagama.diffusion.guidance.GuidanceInterval;
import dev.anagama.diffusion.guidance.ThreeGaussians;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The paper's Figure 2 by sampling: what guidance does to three Gaussians in the plane. */
class GuidedSamplingTest {
  private static final int ROWS = 4000;
  private static final int CLASS = 0;

  /** Of the samples of one weight. */
  private record Cloud(double distance, double spread, double otherMass) {}

  static Stream<Sampler> samplers() {
    return Stream.of(
        new AncestralSampler(), new DdimSampler(), new DpmSolverSampler(), new HeunSampler());
  }

  private static Cloud cloud(Sampler sampler, double w) {
    GaussianMixture data = ThreeGaussians.data();
    float[] x =
        Runs.sample(
            data,
            Runs.steps(sampler, 96),
            Runs.images(ROWS, CLASS, new Guidance(w, GuidanceInterval.ALWAYS), 31),
            2);
    double[] away = ThreeGaussians.direction(CLASS);
    double[] along = new double[ROWS];
    double distance = 0;
    double other = 0;
    for (int i = 0; i < ROWS; i++) {
      double[] point = {x[2 * i], x[2 * i + 1]};
      along[i] = (point[0] * away[0] + point[1] * away[1]) / ThreeGaussians.RADIUS;
      distance += along[i] / ROWS;
      // At the clean end p(c|x) is that of the data itself.
      other += (1 - Math.exp(data.logClassProbability(point, 40, CLASS))) / ROWS;
    }
    double spread = 0;
    for (double value : along) {
      spread += (value - distance) * (value - distance) / ROWS;
    }
    return new Cloud(distance, Math.sqrt(spread), other);
  }

  @ParameterizedTest
  @MethodSource("samplers")
  void guidance_growingWeight_movesMassAwayFromTheOtherClassesAndConcentratesIt(Sampler sampler) {
    Cloud none = cloud(sampler, 0);
    Cloud some = cloud(sampler, 1);
    Cloud strong = cloud(sampler, 4);
    double error = ThreeGaussians.STD / Math.sqrt(ROWS);

    assertThat(none.distance()).isCloseTo(ThreeGaussians.RADIUS, within(0.02));
    assertThat(some.distance()).isGreaterThan(none.distance() + 10 * error);
    assertThat(strong.distance()).isGreaterThan(some.distance() + 10 * error);
    assertThat(some.otherMass()).isLessThan(0.6 * none.otherMass());
    assertThat(strong.otherMass()).isLessThan(0.5 * some.otherMass());
    assertThat(some.spread()).isLessThan(none.spread());
    assertThat(strong.spread()).isLessThan(some.spread());
  }
}
