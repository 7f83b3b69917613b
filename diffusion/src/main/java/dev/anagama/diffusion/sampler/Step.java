package dev.anagama.diffusion.sampler;

import dev.anagama.diffusion.schedule.LogSnr;

/**
 * One step of a run in numbers. At level l, with guided noise eps~, the next z is {@code
 * zCoefficient z + xCoefficient x~ + noiseScale n}, where {@code x~ = (z - sigma eps~) / alpha} and
 * n is fresh standard normal noise.
 *
 * @param logSnr l, the level at which the step starts
 * @param alpha signal amplitude at l
 * @param sigma noise amplitude at l
 * @param zCoefficient what multiplies z
 * @param xCoefficient what multiplies x~
 * @param noiseScale standard deviation of the added noise; 0 where the step is deterministic
 */
public record Step(
    double logSnr,
    double alpha,
    double sigma,
    double zCoefficient,
    double xCoefficient,
    double noiseScale) {

  /** A step that starts at a level. */
  static Step at(double logSnr, double zCoefficient, double xCoefficient, double noiseScale) {
    return new Step(
        logSnr, LogSnr.alpha(logSnr), LogSnr.sigma(logSnr), zCoefficient, xCoefficient, noiseScale);
  }

  /** The last step of every sampler: the result is x~ (Algorithm 2, line 5, t = T). */
  static Step last(double logSnr) {
    return at(logSnr, 0, 1, 0);
  }
}
