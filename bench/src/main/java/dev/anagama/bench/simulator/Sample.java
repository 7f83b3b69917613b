package dev.anagama.bench.simulator;

/**
 * Which workers of a fleet are simulated one by one. A job's key is random, so what comes to one
 * worker does not depend on what the others do; workers with equally many partitions are alike, and
 * a few of them tell the latencies of all.
 *
 * @param fuller simulated workers of those with the most partitions, at least 1
 * @param others simulated workers of those with one partition less, if these have any
 */
record Sample(Dealing dealing, int fuller, int others) {
  /**
   * At most so many workers, both kinds where there are two.
   *
   * @param most at least 2
   */
  static Sample of(Dealing dealing, int most) {
    int fullerInAll = dealing.fullerWorkers();
    int othersInAll = dealing.partitions() < dealing.workers() ? 0 : dealing.otherWorkers();
    int fuller = Math.min(fullerInAll, Math.max(most / 2, most - othersInAll));
    return new Sample(dealing, fuller, Math.min(othersInAll, most - fuller));
  }

  /** Workers that are simulated. */
  int workers() {
    return fuller + others;
  }

  /** Partitions of all simulated workers. */
  int partitions() {
    int each = dealing.partitionsOf(0);
    return fuller * each + others * (each - 1);
  }

  /** Whether a simulated worker has the most partitions; those come first. */
  boolean isFuller(int worker) {
    return worker < fuller;
  }

  /** Partitions of a simulated worker. */
  int partitionsOf(int worker) {
    return dealing.partitionsOf(0) - (isFuller(worker) ? 0 : 1);
  }

  /** Workers of the fleet for each simulated one with the most partitions. */
  double fullerWeight() {
    return (double) dealing.fullerWorkers() / fuller;
  }

  /** Workers of the fleet for each other simulated one. */
  double othersWeight() {
    return others == 0 ? 0 : (double) dealing.otherWorkers() / others;
  }
}
