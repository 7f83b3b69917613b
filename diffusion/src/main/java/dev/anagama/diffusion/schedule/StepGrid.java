package dev.anagama.diffusion.schedule;

import java.util.Arrays;

/**
 * The noise levels one run visits, noisiest first: {@code l_1 < ... < l_T} of the paper's Algorithm
 * 2. The last one yields the image.
 */
public final class StepGrid {
  /** The finest grid of the paper's experiments. */
  public static final int MAX_STEPS = 1024;

  private final double[] logSnrs;

  private StepGrid(double[] logSnrs) {
    this.logSnrs = logSnrs;
  }

  /**
   * Levels at uniformly spaced times u = 1, ..., 0, so that the first is exactly the schedule's
   * noisy end and the last exactly its clean end (section 3, below Algorithm 2). A grid of one step
   * is the noisy end alone.
   *
   * @param steps T, 1 to {@value #MAX_STEPS}
   * @throws IllegalArgumentException if {@code steps} is outside
   */
  public static StepGrid uniform(NoiseSchedule schedule, int steps) {
    if (steps < 1 || steps > MAX_STEPS) {
      throw new IllegalArgumentException(
          "steps is " + steps + ", must be within [1, " + MAX_STEPS + "]");
    }
    double[] logSnrs = new double[steps];
    for (int step = 0; step < steps; step++) {
      logSnrs[step] = schedule.logSnr(steps == 1 ? 1 : (double) (steps - 1 - step) / (steps - 1));
    }
    return new StepGrid(logSnrs);
  }

  /** T. */
  public int steps() {
    return logSnrs.length;
  }

  /**
   * The level at which a step starts.
   *
   * @param step 0 (noisiest) to {@code steps() - 1} (cleanest)
   * @throws IndexOutOfBoundsException if {@code step} is outside
   */
  public double logSnr(int step) {
    return logSnrs[step];
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StepGrid grid && Arrays.equals(logSnrs, grid.logSnrs);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(logSnrs);
  }

  @Override
  public String toString() {
    return "StepGrid" + Arrays.toString(logSnrs);
  }
}
