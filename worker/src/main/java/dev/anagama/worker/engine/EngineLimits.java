package dev.anagama.worker.engine;

import java.time.Duration;

/**
 * The engine's bounds.
 *
 * @param waitingJobs jobs that may wait to begin, 1 to {@value #MAX_WAITING_JOBS}
 * @param finishedImages no job begins while publishing holds this many images or more
 * @param unknownModelHold how long a job for a model never heard of waits for news of it: the job
 *     and the model come over different topics, and the model's may be the slower one
 * @param expectedModelHold how long a job waits for a checkpoint that is being fetched and loaded;
 *     after that the attempt has failed, and leaves its place to others
 */
public record EngineLimits(
    int waitingJobs, int finishedImages, Duration unknownModelHold, Duration expectedModelHold) {
  /** Largest row limit of a model: network rows in one forward pass. */
  public static final int MAX_ROWS = 512;

  /** Most jobs that may wait. */
  public static final int MAX_WAITING_JOBS = 256;

  /** Checks the ranges. */
  public EngineLimits {
    require("waitingJobs", waitingJobs, 1, MAX_WAITING_JOBS);
    require("finishedImages", finishedImages, 1, Integer.MAX_VALUE);
  }

  static void require(String field, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "%s is %d; allowed: %d to %d".formatted(field, value, min, max));
    }
  }
}
