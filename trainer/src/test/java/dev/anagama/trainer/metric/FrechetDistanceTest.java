package dev.anagama.trainer.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class FrechetDistanceTest {
  private static final Offset<Double> EXACT = within(1e-9);

  private static double distance(Gaussian a, Gaussian b) {
    return new FrechetDistance(a).to(b);
  }

  private static Gaussian gaussian(double[] mean, double... covariance) {
    return new Gaussian(mean, covariance);
  }

  @Test
  void to_oneFeature_isTheSquaredDifferencesOfMeanAndDeviation() {
    // (0 - 3)^2 + (1 - 2)^2.
    assertThat(distance(gaussian(new double[] {0}, 1), gaussian(new double[] {3}, 4)))
        .isEqualTo(10, EXACT);
  }

  @Test
  void to_independentFeatures_isTheirSum() {
    Gaussian a = gaussian(new double[] {1, -1}, 9, 0, 0, 0.25);
    Gaussian b = gaussian(new double[] {0, 1}, 1, 0, 0, 4);
    // (1^2 + (3 - 1)^2) + (2^2 + (0.5 - 2)^2).
    assertThat(distance(a, b)).isEqualTo(5 + 6.25, EXACT);
  }

  @Test
  void to_covariancesThatDoNotCommute_isTheClosedForm() {
    Gaussian a = gaussian(new double[] {0, 0}, 4, 0, 0, 1);
    Gaussian b = gaussian(new double[] {0, 0}, 2, 1, 1, 2);
    // A^(1/2) B A^(1/2) = (8 2; 2 2) has trace 10 and determinant 12; the root of a positive 2x2
    // matrix has the trace sqrt(trace + 2 sqrt(determinant)).
    double expected = 5 + 4 - 2 * Math.sqrt(10 + 2 * Math.sqrt(12));
    assertThat(distance(a, b)).isEqualTo(expected, EXACT);
    assertThat(distance(b, a)).isEqualTo(expected, EXACT);
  }

  @Test
  void to_singularCovariances_isFinite() {
    // They live on lines at right angles: A B = 0.
    Gaussian a = gaussian(new double[] {0, 0}, 1, 1, 1, 1);
    Gaussian b = gaussian(new double[] {0, 0}, 1, -1, -1, 1);
    assertThat(distance(a, b)).isEqualTo(4, EXACT);
    assertThat(distance(a, a)).isEqualTo(0, EXACT);
  }

  @Test
  void to_itselfInManyFeatures_isNothing() {
    Gaussian fit = Gaussian.fit(normal(500, 40, 1, 1));
    assertThat(distance(fit, fit)).isEqualTo(0, within(1e-7));
  }

  @Test
  void to_manySamplesOfKnownDistributions_nearsTheTruth() {
    // N(0, 1) and N(0, 9) in each of 5 features: 5 (1 - 3)^2.
    Gaussian a = Gaussian.fit(normal(40_000, 5, 1, 1));
    Gaussian b = Gaussian.fit(normal(40_000, 5, 3, 2));
    assertThat(distance(a, b)).isEqualTo(20, within(0.3));
  }

  @Test
  void to_anotherNumberOfFeatures_isRefused() {
    assertThatThrownBy(
            () -> distance(gaussian(new double[] {0}, 1), gaussian(new double[2], 1, 0, 0, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the distributions have 1 and 2 features; needed: as many");
  }

  @Test
  void fit_corneredRows_isTheirMeanAndUnbiasedCovariance() {
    Gaussian fit = Gaussian.fit(new FeatureRows(new float[] {0, 0, 2, 0, 0, 2, 2, 4}, 2));
    assertThat(fit.mean()).containsExactly(1, 1.5);
    // Centred: (-1, -1.5), (1, -1.5), (-1, 0.5), (1, 2.5); over n - 1 = 3.
    assertThat(fit.covariance()).containsExactly(4.0 / 3, 2.0 / 3, 2.0 / 3, 11.0 / 3);
    assertThatThrownBy(() -> Gaussian.fit(new FeatureRows(new float[] {1, 2}, 2)))
        .hasMessage("rows is 1; a covariance needs at least 2");
  }

  static FeatureRows normal(int rows, int width, double deviation, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[rows * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return new FeatureRows(values, width);
  }
}
