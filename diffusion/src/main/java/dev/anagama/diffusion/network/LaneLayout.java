package dev.anagama.diffusion.network;

/**
 * How a pass is laid out over the threads of a processor.
 *
 * @param lanes parts that the rows of a pass are split into, 1 to {@value #MAX_LANES}
 * @param threadsEach threads that a lane shares its operations out among, at least 1
 */
public record LaneLayout(int lanes, int threadsEach) {
  /** Most lanes of a denoiser. */
  public static final int MAX_LANES = 256;

  /** Checks the ranges. */
  public LaneLayout {
    if (lanes < 1 || lanes > MAX_LANES || threadsEach < 1) {
      throw new IllegalArgumentException(
          "lanes is %d of %d threads each; allowed: 1 to %d lanes of at least 1 thread"
              .formatted(lanes, threadsEach, MAX_LANES));
    }
  }

  /** So many lanes with an even share of the threads, at least one, each. */
  public static LaneLayout sharing(int lanes, int threads) {
    return new LaneLayout(lanes, Math.max(1, threads / Math.max(1, lanes)));
  }
}
