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

/** All samplers against data whose exact denoiser, and so the exact answer, is known. */
class ExactSamplingTest {
  private static final double MEAN = 0.3;
  private static final double STD = 0.4;

  /** Mean and variance of z. */
  private record Moments(double mean, double variance) {}

  static Stream<Sampler> firstOrder() {
    return Stream.of(
        new AncestralSampler(0),
        new AncestralSampler(),
        new AncestralSampler(1),
        new DdimSampler(),
        new DdimSampler(0.5));
  }

  static Stream<Sampler> secondOrder() {
    return Stream.of(new DpmSolverSampler(), new HeunSampler());
  }

  static Stream<Sampler> samplers() {
    return Stream.concat(firstOrder(), secondOrder());
  }

  /**
   * Where a run over Gaussian data must end: with the exact denoiser x~ is linear in z, so the
   * moments of z and of what is remembered follow a recursion, whatever the number of steps.
   */
  private static Moments predicted(Sampler sampler, int steps) {
    double[] mean = {0, 0};
    double[][] covariance = {{1, 0}, {0, 0}};
    for (Step step : Runs.steps(sampler, steps)) {
      double spread = step.alpha() * step.alpha() * STD * STD + step.sigma() * step.sigma();
      double k = step.alpha() * STD * STD / spread;
      double shift = (1 - k * step.alpha()) * MEAN;
      double[][] map = {
        {step.zCoefficient() + step.xCoefficient() * k, step.memoryCoefficient()},
        {step.keeps().zCoefficient() + step.keeps().xCoefficient() * k, 0}
      };
      double[] offset = {step.xCoefficient() * shift, step.keeps().xCoefficient() * shift};
      mean = new double[] {dot(map[0], mean) + offset[0], dot(map[1], mean) + offset[1]};
      covariance = mapped(map, covariance);
      covariance[0][0] += step.noiseScale() * step.noiseScale();
    }
    return new Moments(mean[0], covariance[0][0]);
  }

  private static double dot(double[] a, double[] b) {
    return a[0] * b[0] + a[1] * b[1];
  }

  /** M C M^T. */
  private static double[][] mapped(double[][] map, double[][] covariance) {
    double[][] result = new double[2][2];
    for (int i = 0; i < 2; i++) {
      for (int j = 0; j < 2; j++) {
        double[] row = {dot(covariance[0], map[j]), dot(covariance[1], map[j])};
        result[i][j] = dot(map[i], row);
      }
    }
    return result;
  }

  @ParameterizedTest
  @MethodSource("firstOrder")
  void momentsOfTheRecursion_moreSteps_approachTheDataAtFirstOrder(Sampler sampler) {
    double before = Math.abs(predicted(sampler, 256).variance() - STD * STD);
    double after = Math.abs(predicted(sampler, 512).variance() - STD * STD);

    assertThat(after).isLessThan(0.02 * STD * STD);
    assertThat(before / after).isBetween(1.8, 2.2);
    assertThat(predicted(sampler, 512).mean()).isCloseTo(MEAN, within(0.005 * MEAN));
  }

  @ParameterizedTest
  @MethodSource("secondOrder")
  void momentsOfTheRecursion_moreSteps_approachTheDataAtSecondOrder(Sampler sampler) {
    double before = Math.abs(predicted(sampler, 128).variance() - STD * STD);
    double after = Math.abs(predicted(sampler, 512).variance() - STD * STD);

    assertThat(after).isLessThan(1e-3 * STD * STD);
    // 16 for a grid four times as fine; the multistep sampler loses a little at the clean end
    // of the cosine schedule, where steps grow. ConvergenceOrderTest has the grids it was made for.
    assertThat(before / after).isBetween(9.0, 24.0);
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
