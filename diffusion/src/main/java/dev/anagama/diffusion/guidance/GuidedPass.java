package dev.anagama.diffusion.guidance;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What every form of guidance does around its networks: it tells the guided rows from the others,
 * keeps what is made to a scope, goes from one prediction away from the other, and hands over the
 * result.
 */
final class GuidedPass {
  private GuidedPass() {}

  /** The networks of a pass: where the forms of guidance differ. */
  @FunctionalInterface
  interface Networks {
    /**
     * Asks them.
     *
     * @param scope owner of what is made on the way; z is lent to it
     * @param z float32[N, C, H, W]
     */
    Predictions ask(NDManager scope, NDArray z, GuidedRows rows);
  }

  /**
   * What the networks answer.
   *
   * @param conditional c, float32[N, C, H, W]
   * @param difference u - c of the same shape, exactly 0 in rows that are not guided; null if none
   *     is
   */
  record Predictions(NDArray conditional, @Nullable NDArray difference) {
    static Predictions unguided(NDArray conditional) {
      return new Predictions(conditional, null);
    }
  }

  /**
   * Runs a pass; the arguments are those of {@link GuidedDenoiser#predictNoise}.
   *
   * @param weight {@link GuidedDenoiser#weight}
   */
  static GuidedNoise run(
      NDArray z,
      GuidedRow[] guidedRows,
      @Nullable NDArray before,
      ToDoubleFunction<GuidedRow> weight,
      Networks networks) {
    GuidedRows rows = new GuidedRows(z, guidedRows, weight);
    NDArray momentum = rows.wanted(before);
    NDManager owner = z.getManager();
    try (NDManager scope = owner.newSubManager()) {
      scope.tempAttachAll(z);
      if (momentum != null) {
        scope.tempAttachAll(momentum);
      }
      Predictions made = networks.ask(scope, z, rows);
      NDArray difference = made.difference();
      GuidedNoise guided =
          difference == null
              ? new GuidedNoise(made.conditional(), momentum)
              : Extrapolation.guided(scope, z, rows, made.conditional(), difference, momentum);
      guided.eps().attach(owner);
      // One that was lent goes back by itself.
      if (guided.momentum() != null && guided.momentum() != momentum) {
        guided.momentum().attach(owner);
      }
      return guided;
    }
  }
}
