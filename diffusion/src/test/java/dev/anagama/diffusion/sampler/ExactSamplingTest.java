package dev.anagama.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.anagama.diffusion.guidance.GaussianMixture;
import dev.anagama.diffusion.guidance.Guidance;
import dev.anagama.diffusion.guidance.GuidanceInterval;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Both samplers against data whose exact denoiser, and so the exact answer, is known. */
class ExactSamplingTest {
  private static final double MEAN = 0.3;
  private static final double STD = 0.4;

  /** Mean and variance of z. */
  private record Moments(double mean, double variance) {}

  static Stream<Sampler> samplers() {
    return Stream.of(
        new AncestralSampler(0),
        new AncestralSampler(),
        new AncestralSampler(1),
        new DdimSampler());
  }

  /**
   * Where a run over Gaussian data must end: with the exact denoiser x~ is linear in z, so the
   * moments follow a recursion, whatever the number of steps.
   */
  private static Moments predicted(Sampler sampler, int steps) {
    double mean = 0;
    double variance = 1;
    for (Step step : Runs.steps(sampler, steps)) {
      double spread = step.alpha() * step.alpha() * STD * STD + step.sigma() * step.sigma();
      double k = step.alpha() * STD * STD / spread;
      double gain = step.zCoefficient() + step.xCoefficient() * k;
      mean = gain * mean + step.xCoefficient() * (1 - k * step.alpha()) * MEAN;
      variance = gain * gain * variance + step.noiseScale() * step.noiseScale();
    }
    return new Moments(mean, variance);
  }

  @ParameterizedTest
  @MethodSource("samplers")
  void momentsOfTheRecursion_moreSteps_approachTheDataAtFirstOrder(Sampler sampler) {
    double before = Math.abs(predicted(sampler, 256).variance() - STD * STD);
    double after = Math.abs(predicted(sampler, 512).variance() - STD * STD);

    assertThat(after).isLessThan(0.02 * STD * STD);
    assertThat(before / after).isBetween(1.8, 2.2);
    assertThat(predicted(sampler, 512).mean()).isCloseTo(MEAN, within(0.005 * MEAN));
  }

  @ParameterizedTest
  @MethodSource("samplers")
  void gaussianData_manySamples_haveItsMeanAndVariance(Sampler sampler) {
    int rows = 10_000;
    GaussianMixture data = GaussianMixture.single(STD, MEAN, MEAN);

    float[] x =
        Runs.sample(data, Runs.steps(sampler, 96), Runs.images(rows, 0, Guidance.NONE, 11), 2);

    double mean = 0;
    double square = 0;
    double cross = 0;
    for (int i = 0; i < rows; i++) {
      mean += (x[2 * i] + (double) x[2 * i + 1]) / (2 * rows);
    }
    for (int i = 0; i < rows; i++) {
      double a = x[2 * i] - mean;
      double b = x[2 * i + 1] - mean;
      square += (a * a + b * b) / (2 * rows);
      cross += a * b / rows;
    }
    // Four standard errors of a mean, a variance and a covariance of independent pixels.
    Moments expected = predicted(sampler, 96);
    double variance = expected.variance();
    assertThat(mean).isCloseTo(expected.mean(), within(4 * Math.sqrt(variance / (2 * rows))));
    assertThat(square).isCloseTo(variance, within(4 * variance * Math.sqrt(2.0 / (2 * rows))));
    assertThat(cross).isCloseTo(0, within(4 * variance / Math.sqrt(rows)));
    // And the recursion itself is near the data: what is left is the error of 96 steps.
    assertThat(expected.mean()).isCloseTo(MEAN, within(0.02 * MEAN));
    assertThat(variance).isCloseTo(STD * STD, within(0.1 * STD * STD));
  }

  @ParameterizedTest
  @MethodSource("samplers")
  void mixtureData_manySamples_haveItsWeights(Sampler sampler) {
    int rows = 16_000;
    double weight = 0.3;
    GaussianMixture data =
        new GaussianMixture(
            new double[][] {{-0.6}, {0.5}}, new double[] {weight, 1 - weight}, 0.12);
    List<GuidedImage> images =
        Runs.images(rows, data.nullCondition(), new Guidance(5, GuidanceInterval.ALWAYS), 23);

    float[] x = Runs.sample(data, Runs.steps(sampler, 192), images, 1);

    double left = 0;
    double far = 0;
    for (float value : x) {
      left += value < -0.05 ? 1.0 / rows : 0;
      double gap = Math.min(Math.abs(value + 0.6), Math.abs(value - 0.5));
      far += gap > 4.5 * 0.12 ? 1 : 0;
    }
    double error = Math.sqrt(weight * (1 - weight) / rows);
    assertThat(left).isCloseTo(weight, within(4 * error));
    assertThat(far).as("samples that belong to neither part").isLessThanOrEqualTo(5);
  }

  @ParameterizedTest
  @MethodSource("samplers")
  void conditionedMixture_manySamples_areOfTheClassAlone(Sampler sampler) {
    int rows = 2000;
    GaussianMixture data =
        new GaussianMixture(new double[][] {{-0.6}, {0.5}}, new double[] {0.3, 0.7}, 0.12);

    float[] x =
        Runs.sample(data, Runs.steps(sampler, 96), Runs.images(rows, 0, Guidance.NONE, 5), 1);

    for (float value : x) {
      assertThat((double) value).isCloseTo(-0.6, within(5.5 * 0.12));
    }
  }
}
