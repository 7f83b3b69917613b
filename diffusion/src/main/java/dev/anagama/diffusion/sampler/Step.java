package dev.anagama.diffusion.sampler;

import dev.anagama.diffusion.schedule.LogSnr;

/**
 * One network evaluation of a run in numbers. At level l, with guided noise eps~ and {@code x~ = (z
 * - sigma eps~) / alpha}, the next z is {@code zCoefficient z + xCoefficient x~ + memoryCoefficient
 * m + noiseScale n}: m is what the row remembers from the evaluation before, n fresh standard
 * normal noise.
 *
 * @param logSnr l, the level at which the network is asked
 * @param alpha signal amplitude at l
 * @param sigma noise amplitude at l
 * @param zCoefficient what multiplies z
 * @param xCoefficient what multiplies x~
 * @param memoryCoefficient what multiplies m; 0 where nothing is recalled
 * @param noiseScale standard deviation of the added noise; 0 where the step is deterministic
 * @param keeps what is remembered for the next evaluation
 */
public record Step(
    double logSnr,
    double alpha,
    double sigma,
    double zCoefficient,
    double xCoefficient,
    double memoryCoefficient,
    double noiseScale,
    Memory keeps) {

  /**
   * What a row remembers: {@code zCoefficient z + xCoefficient x~}.
   *
   * @param zCoefficient what multiplies z
   * @param xCoefficient what multiplies x~
   */
  public record Memory(double zCoefficient, double xCoefficient) {
    /** Nothing. */
    public static final Memory NONE = new Memory(0, 0);

    /** x~ itself. */
    public static final Memory IMAGE = new Memory(0, 1);
  }

  /** A step that starts at a level and has to do with no other evaluation. */
  static Step at(double logSnr, double zCoefficient, double xCoefficient, double noiseScale) {
    return new Step(
        logSnr,
        LogSnr.alpha(logSnr),
        LogSnr.sigma(logSnr),
        zCoefficient,
        xCoefficient,
        /* memoryCoefficient= */ 0,
        noiseScale,
        Memory.NONE);
  }

  /** The last step of every sampler: the result is x~ (Algorithm 2, line 5, t = T). */
  static Step last(double logSnr) {
    return at(logSnr, 0, 1, 0);
  }

  /** Whether it needs what the evaluation before has kept. */
  public boolean recalls() {
    return memoryCoefficient != 0;
  }

  /** Whether it leaves something for the next evaluation. */
  public boolean remembers() {
    return !keeps.equals(Memory.NONE);
  }

  /** The same step, remembering something. */
  Step keeping(Memory memory) {
    return new Step(
        logSnr, alpha, sigma, zCoefficient, xCoefficient, memoryCoefficient, noiseScale, memory);
  }

  /** The same step with memory in it. */
  Step recalling(double coefficient) {
    return new Step(
        logSnr, alpha, sigma, zCoefficient, xCoefficient, coefficient, noiseScale, keeps);
  }

  /** The same step with its noise multiplied. */
  Step withNoiseTimes(double factor) {
    return new Step(
        logSnr,
        alpha,
        sigma,
        zCoefficient,
        xCoefficient,
        memoryCoefficient,
        noiseScale * factor,
        keeps);
  }
}
