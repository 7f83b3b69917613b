package dev.anagama.diffusion.guidance;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.anagama.diffusion.schedule.LogSnr;
import org.jspecify.annotations.Nullable;

/**
 * From a prediction away from another one: {@code eps~ = c - w (u - c)}, which is {@code (1 + w) c
 * - w u} (paper, eq. 6), with {@link GuidanceProjection} before the weight and {@link
 * GuidanceRescale} after it, for the rows that ask for them.
 */
final class Extrapolation {
  private Extrapolation() {}

  /**
   * Guides.
   *
   * @param z float32[N, C, H, W]
   * @param conditional c, float32[N, C, H, W]
   * @param difference u - c of the same shape, exactly 0 in rows that are not guided
   * @param momentum float32[N, C, H, W], or null for none
   * @return attached to the scope, but for a momentum that has not changed
   */
  static GuidedNoise guided(
      NDManager scope,
      NDArray z,
      GuidedRows rows,
      NDArray conditional,
      NDArray difference,
      @Nullable NDArray momentum) {
    NDArray away = difference;
    @Nullable NDArray kept = momentum;
    if (rows.anyGuided(guidance -> !guidance.projection().equals(GuidanceProjection.NONE))) {
      kept = nextMomentum(scope, rows, away, momentum);
      away = projected(scope, z, rows, conditional, away, momentum);
    }
    // An unguided row is c - 0 * 0, which is c to the bit, also for c = -0, where adding
    // the product would turn the sign.
    NDArray eps = conditional.sub(away.mul(rows.weights(scope)));
    if (rows.anyGuided(guidance -> !guidance.rescale().equals(GuidanceRescale.NONE))) {
      NDArray sigmaZ = z.mul(rows.column(scope, row -> LogSnr.sigma(row.logSnr())));
      NDArray phi = rows.column(scope, row -> row.guidance().rescale().phi(), 0);
      eps = GuidanceRescale.apply(eps, conditional, sigmaZ, phi);
    }
    return new GuidedNoise(eps, kept);
  }

  /**
   * The projection speaks of {@code d = x_c - x_u}, which is {@code (sigma / alpha) (u - c)}. It is
   * done without that factor, so that rows without a projection are multiplied by 1 and nothing
   * else: limit and momentum are divided by the factor instead.
   */
  private static NDArray projected(
      NDManager scope,
      NDArray z,
      GuidedRows rows,
      NDArray conditional,
      NDArray difference,
      @Nullable NDArray momentum) {
    NDArray moved = difference;
    if (momentum != null) {
      NDArray beta =
          rows.column(
              scope, row -> row.guidance().projection().momentum() / row.noiseOverSignal(), 0);
      moved = moved.add(momentum.mul(beta));
    }
    NDArray limit =
        rows.column(
            scope,
            row -> row.guidance().projection().normLimit() / row.noiseOverSignal(),
            Double.POSITIVE_INFINITY);
    NDArray etaLessOne = rows.column(scope, row -> row.guidance().projection().eta() - 1, 0);
    // x_c is this divided by alpha.
    NDArray sigma = rows.column(scope, row -> LogSnr.sigma(row.logSnr()));
    NDArray clean = z.sub(conditional.mul(sigma));
    return GuidanceProjection.apply(moved, limit, clean, etaLessOne);
  }

  /** {@code d + beta d_before}, the next pass's d_before; rows without guidance keep theirs. */
  private static @Nullable NDArray nextMomentum(
      NDManager scope, GuidedRows rows, NDArray difference, @Nullable NDArray momentum) {
    if (!rows.anyGuided(guidance -> guidance.projection().momentum() != 0)) {
      return momentum;
    }
    NDArray ofDifference = rows.column(scope, Extrapolation::remembered, 0);
    NDArray next = difference.mul(ofDifference);
    if (momentum == null) {
      return next;
    }
    NDArray beta = rows.column(scope, row -> row.guidance().projection().momentum(), 1);
    return next.add(momentum.mul(beta));
  }

  /** What turns a row's difference into one of x, or 0 if it is not to be remembered. */
  private static double remembered(GuidedRow row) {
    boolean wanted =
        row.guidance().projection().momentum() != 0
            && row.noiseOverSignal() <= GuidanceProjection.NOISIEST_REMEMBERED;
    return wanted ? row.noiseOverSignal() : 0;
  }
}
