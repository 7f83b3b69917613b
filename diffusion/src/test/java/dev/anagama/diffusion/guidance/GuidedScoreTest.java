package dev.anagama.diffusion.guidance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.schedule.LogSnr;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The paper's Figure 2: three isotropic Gaussians in the plane, one for each class. The guided
 * noise must be -sigma times the gradient of ln [p(z|c) p(c|z)^w] at every noise level, the
 * gradient taken here by differences of the numerically evaluated density.
 */
class GuidedScoreTest {
  private static final double STEP = 1e-5;
  private static final int SIDE = 13;

  private final GaussianMixture data = ThreeGaussians.data();

  @ParameterizedTest
  @CsvSource({
    "0, -6", "0, 0", "0, 3", "0.5, -1", "1, -4", "1, 0", "1, 2", "1, 5", "3, -2", "3, 0", "3, 1",
    "10, -1", "10, 1.5"
  })
  void guidedNoise_everyPointOfAGrid_isTheScoreOfTheTiltedDensity(double w, double logSnr) {
    assertScore(new ClassifierFreeGuidance(data, data.nullCondition()), w, logSnr);
  }

  /** By Bayes, with exact models, the classifier's gradient is the difference of the two scores. */
  @ParameterizedTest
  @CsvSource({"0, 0", "0.5, -1", "1, 0", "1, 3", "4, -2", "4, 1"})
  void classifierGuidedNoise_everyPointOfAGrid_isTheScoreOfTheTiltedDensity(
      double w, double logSnr) {
    NoisyClassifier classifier = new AutogradClassifier(data::logits);
    assertScore(new ClassifierGuidance(data, classifier, data.nullCondition()), w, logSnr);
  }

  private void assertScore(GuidedDenoiser guided, double w, double logSnr) {
    double[][] points = points();
    float[] eps = guidedNoise(guided, points, w, logSnr, 1);

    for (int i = 0; i < points.length; i++) {
      for (int d = 0; d < 2; d++) {
        double[] ahead = points[i].clone();
        double[] behind = points[i].clone();
        ahead[d] += STEP;
        behind[d] -= STEP;
        double gradient = (logTilted(ahead, w, logSnr) - logTilted(behind, w, logSnr)) / (2 * STEP);
        double expected = -LogSnr.sigma(logSnr) * gradient;
        // Single precision in, the weight's amplification, and the difference quotient's own error.
        double tolerance = 2e-5 * (1 + w) * (1 + Math.abs(expected));
        assertThat((double) eps[2 * i + d]).isCloseTo(expected, within(tolerance));
      }
    }
  }

  private double logTilted(double[] z, double w, double logSnr) {
    return data.logDensity(z, logSnr, 1) + w * data.logClassProbability(z, logSnr, 1);
  }

  private static float[] guidedNoise(
      GuidedDenoiser guided, double[][] points, double w, double logSnr, long condition) {
    try (NDManager manager = NDManager.newBaseManager()) {
      float[] flat = new float[2 * points.length];
      for (int i = 0; i < flat.length; i++) {
        flat[i] = (float) points[i / 2][i % 2];
      }
      Guidance[] guidances = new Guidance[points.length];
      Arrays.fill(guidances, new Guidance(w, GuidanceInterval.ALWAYS));
      NDArray z = manager.create(flat, new Shape(points.length, 2, 1, 1));
      return guided
          .predictNoise(z, GuidedRowsOf.rows(logSnr, condition, guidances), null)
          .eps()
          .toFloatArray();
    }
  }

  private static double[][] points() {
    double[][] points = new double[SIDE * SIDE][];
    for (int i = 0; i < points.length; i++) {
      // Exact in float, so that the differences are taken where the denoiser was asked.
      points[i] = new double[] {(i % SIDE - SIDE / 2) * 0.375, (i / SIDE - SIDE / 2) * 0.375};
    }
    return points;
  }
}
