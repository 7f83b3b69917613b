package dev.anagama.bench.simulator;

import org.jspecify.annotations.Nullable;

/**
 * What the simulated workers are like.
 *
 * @param rowLimit most network rows of a step, 2 to 512
 * @param waitingJobs jobs that a worker takes beyond its row limit, 1 to 256; others wait in Kafka
 * @param overheadSeconds what a cycle takes beside its forward pass, at least 0
 * @param partitions of the jobs topic, at least 1; null for as many as there are workers, and at
 *     least {@value #DEFAULT_PARTITIONS}
 */
public record WorkerModel(
    int rowLimit, int waitingJobs, double overheadSeconds, @Nullable Integer partitions) {
  /** What the topic has if nobody asks for more. */
  public static final int DEFAULT_PARTITIONS = 48;

  private static final int MIN_ROWS = 2;
  private static final int MAX_ROWS = 512;
  private static final int MAX_WAITING = 256;
  private static final int MAX_PARTITIONS = 100_000;

  /** Checks the ranges. */
  public WorkerModel {
    require("row limit", rowLimit, MIN_ROWS, MAX_ROWS);
    require("waiting jobs", waitingJobs, 1, MAX_WAITING);
    require("partitions", partitions == null ? 1 : partitions, 1, MAX_PARTITIONS);
    if (!(overheadSeconds >= 0 && overheadSeconds < 1)) {
      throw new IllegalArgumentException(
          "overhead is %s seconds; allowed: 0 to 1".formatted(overheadSeconds));
    }
  }

  /** Partitions for a fleet. */
  int partitionsFor(int workers) {
    return partitions == null ? Math.max(DEFAULT_PARTITIONS, workers) : partitions;
  }

  /** Most jobs that a worker has taken and not ended. */
  int inHandLimit() {
    return rowLimit + waitingJobs;
  }

  private static void require(String field, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "%s is %d; allowed: %d to %d".formatted(field, value, min, max));
    }
  }
}
