package dev.anagama.bench.simulator;

/**
 * Partitions dealt to workers as a Kafka consumer group does: evenly, one more for the first
 * workers where it does not come out even, and none for workers beyond the partitions.
 *
 * @param workers at least 1
 * @param partitions at least 1
 */
record Dealing(int workers, int partitions) {
  Dealing {
    if (workers < 1 || partitions < 1) {
      throw new IllegalArgumentException(
          "%d workers and %d partitions; allowed: at least 1 of each"
              .formatted(workers, partitions));
    }
  }

  /**
   * Partitions of a worker.
   *
   * @param index of the worker, 0 to {@code workers} - 1
   */
  int partitionsOf(int index) {
    return partitions / workers + (index < partitions % workers ? 1 : 0);
  }

  /** Workers without a partition, which do nothing. */
  int idleWorkers() {
    return Math.max(0, workers - partitions);
  }

  /** Workers with one partition more than the rest; all of them where all have the same. */
  int fullerWorkers() {
    int rest = partitions % workers;
    return rest == 0 ? workers : rest;
  }

  /** The rest, which have one partition less each, if they have any. */
  int otherWorkers() {
    return workers - fullerWorkers();
  }

  /** Share of all jobs that comes to a worker with the most partitions. */
  double largestShare() {
    return (double) partitionsOf(0) / partitions;
  }
}
