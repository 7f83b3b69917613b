package dev.anagama.diffusion.guidance;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import dev.anagama.diffusion.guidance.GuidedPass.Predictions;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Classifier-free guidance (paper, eq. 6 and Algorithm 2 line 3): {@code eps~ = (1 + w) eps(z, c) -
 * w eps(z, null)}, from one network and one forward pass.
 *
 * <p>The pass holds every row with its condition and, behind them, a second copy of the rows whose
 * weight is not 0, with the null condition. A row of weight 0 costs one evaluation and keeps its
 * conditional prediction bit for bit, whatever its neighbours' weights are.
 */
public final class ClassifierFreeGuidance implements GuidedDenoiser {
  private final Denoiser denoiser;
  private final long nullCondition;

  /**
   * Guides a denoiser.
   *
   * @param denoiser trained on conditions and on their absence
   * @param nullCondition the condition that stands for absence
   */
  public ClassifierFreeGuidance(Denoiser denoiser, long nullCondition) {
    this.denoiser = denoiser;
    this.nullCondition = nullCondition;
  }

  /** That of its guidance at its level, but 0 for an unconditional row: its two are the same. */
  @Override
  public double weight(GuidedRow row) {
    return row.condition() == nullCondition ? 0 : row.guidance().weightAt(row.logSnr());
  }

  @Override
  public GuidedNoise predictNoise(NDArray z, GuidedRow[] rows, @Nullable NDArray momentum) {
    return GuidedPass.run(z, rows, momentum, this::weight, this::predictions);
  }

  private Predictions predictions(NDManager scope, NDArray z, GuidedRows rows) {
    // One pass: all rows as they are, then the guided ones again without their condition.
    NDArray eps =
        denoiser.predictNoise(
            rows.withGuidedAgain(scope, z),
            scope.create(rows.logSnrsWithGuidedAgain()),
            scope.create(conditions(rows)));
    if (rows.guidedCount() == 0) {
      return Predictions.unguided(eps);
    }
    if (rows.allGuided()) {
      NDList halves = eps.split(2);
      NDArray conditional = halves.get(0);
      return new Predictions(conditional, halves.get(1).sub(conditional));
    }
    // A row without guidance takes itself for its unconditional one: the difference is 0.
    NDArray conditional = eps.get(new NDIndex(":{}", rows.count()));
    NDArray second = RowSlices.of(scope, eps, rows.secondPlaces());
    return new Predictions(conditional, second.sub(conditional));
  }

  private long[] conditions(GuidedRows rows) {
    long[] all = Arrays.copyOf(rows.conditions(), rows.count() + rows.guidedCount());
    Arrays.fill(all, rows.count(), all.length, nullCondition);
    return all;
  }
}
