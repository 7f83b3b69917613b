package dev.anagama.diffusion.schedule;

/**
 * Log-SNR falls linearly with time, {@code l(u) = max + u (min - max)}: steps of one length in
 * DPM-Solver's lambda, {@code l / 2}, which is the grid that DPM-Solver++ (arXiv 2211.01095) was
 * made for.
 *
 * @param range the ends
 */
public record LinearSchedule(LogSnrRange range) implements NoiseSchedule {
  /** The part of a model's range that {@link RhoSchedule#ENDS} leaves. */
  public static LinearSchedule over(LogSnrRange model) {
    return new LinearSchedule(model.cutTo(RhoSchedule.ENDS));
  }

  @Override
  public double logSnr(double u) {
    CosineSchedule.requireTime(u);
    // Exact at both ends.
    return (1 - u) * range.max() + u * range.min();
  }
}
