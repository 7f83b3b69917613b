package dev.anagama.diffusion.guidance;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.anagama.diffusion.guidance.GuidedPass.Predictions;
import dev.anagama.diffusion.schedule.LogSnr;
import org.jspecify.annotations.Nullable;

/**
 * Classifier guidance (Dhariwal and Nichol, arXiv 2105.05233, algorithm 2; the paper's section
 * 3.1): {@code eps~ = eps(z, c) - w sigma grad_z ln p(c|z)}, with the gradient of a classifier that
 * was trained on noisy images. A guided row costs one evaluation of the network, and one of the
 * classifier with its derivative.
 */
public final class ClassifierGuidance implements GuidedDenoiser {
  private final Denoiser denoiser;
  private final NoisyClassifier classifier;
  private final long nullCondition;

  /**
   * Guides a denoiser.
   *
   * @param nullCondition the condition that no classifier knows; rows of it are not guided
   */
  public ClassifierGuidance(Denoiser denoiser, NoisyClassifier classifier, long nullCondition) {
    this.denoiser = denoiser;
    this.classifier = classifier;
    this.nullCondition = nullCondition;
  }

  @Override
  public double weight(GuidedRow row) {
    return row.condition() == nullCondition ? 0 : row.guidance().weightAt(row.logSnr());
  }

  @Override
  public GuidedNoise predictNoise(NDArray z, GuidedRow[] rows, @Nullable NDArray momentum) {
    return GuidedPass.run(z, rows, momentum, this::weight, this::predictions);
  }

  private Predictions predictions(NDManager scope, NDArray z, GuidedRows rows) {
    NDArray eps =
        denoiser.predictNoise(z, scope.create(rows.logSnrs()), scope.create(rows.conditions()));
    if (rows.guidedCount() == 0) {
      return Predictions.unguided(eps);
    }
    NDArray gradient =
        classifier.logProbabilityGradient(
            rows.guidedOnly(scope, z),
            scope.create(rows.guidedLogSnrs()),
            scope.create(rows.guidedConditions()));
    // sigma grad ln p(c|z) stands where u - c stands without a classifier; 0 for the other rows.
    NDArray ofRows =
        rows.allGuided()
            ? gradient
            : RowSlices.of(scope, z.zerosLike().concat(gradient, 0), rows.secondPlaces());
    NDArray sigma = rows.column(scope, row -> LogSnr.sigma(row.logSnr()));
    return new Predictions(eps, ofRows.mul(sigma));
  }
}
