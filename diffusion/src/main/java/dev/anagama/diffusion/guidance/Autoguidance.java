package dev.anagama.diffusion.guidance;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.anagama.diffusion.guidance.GuidedPass.Predictions;
import org.jspecify.annotations.Nullable;

/**
 * Autoguidance (Karras et al., arXiv 2406.02507): a weaker version of the model, smaller or less
 * trained, takes the place of the unconditional one, {@code eps~ = (1 + w) eps(z, c) - w
 * eps_weak(z, c)}. It has the same condition, so it works for unconditional images too; and since
 * it makes the same mistakes in a larger measure, what is left out is the mistakes.
 *
 * <p>Guided rows cost one evaluation of each network, which need not be equally large.
 */
public final class Autoguidance implements GuidedDenoiser {
  private final Denoiser denoiser;
  private final Denoiser weaker;

  /**
   * Guides a denoiser.
   *
   * @param denoiser the model
   * @param weaker the same task, done worse in the same way; an early checkpoint of the same run
   *     will do
   */
  public Autoguidance(Denoiser denoiser, Denoiser weaker) {
    this.denoiser = denoiser;
    this.weaker = weaker;
  }

  @Override
  public double weight(GuidedRow row) {
    return row.guidance().weightAt(row.logSnr());
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
    NDArray weak =
        weaker.predictNoise(
            rows.guidedOnly(scope, z),
            scope.create(rows.guidedLogSnrs()),
            scope.create(rows.guidedConditions()));
    // A row without guidance takes itself for its weaker one: the difference is 0.
    NDArray second =
        rows.allGuided() ? weak : RowSlices.of(scope, eps.concat(weak, 0), rows.secondPlaces());
    return new Predictions(eps, second.sub(eps));
  }
}
