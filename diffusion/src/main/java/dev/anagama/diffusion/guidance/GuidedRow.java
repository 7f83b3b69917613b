package dev.anagama.diffusion.guidance;

import dev.anagama.diffusion.schedule.LogSnr;

/**
 * A row as a guided pass sees it.
 *
 * @param logSnr its noise level
 * @param condition class label, or the model's null condition
 * @param guidance how it is guided
 */
public record GuidedRow(double logSnr, long condition, Guidance guidance) {
  /** sigma / alpha: what turns a difference of eps into one of x, up to the sign. */
  double noiseOverSignal() {
    return LogSnr.sigma(logSnr) / LogSnr.alpha(logSnr);
  }
}
