package dev.anagama.bench.simulator;

/** A job that has come. Compared by identity. */
final class SimulatedJob {
  private final long number;
  private final JobKind kind;
  private final long arrivedNanos;

  /**
   * A job comes.
   *
   * @param number in the order of coming, from 0
   * @param arrivedNanos simulated time
   */
  SimulatedJob(long number, JobKind kind, long arrivedNanos) {
    this.number = number;
    this.kind = kind;
    this.arrivedNanos = arrivedNanos;
  }

  long number() {
    return number;
  }

  JobKind kind() {
    return kind;
  }

  long arrivedNanos() {
    return arrivedNanos;
  }

  @Override
  public String toString() {
    return "job " + number;
  }
}
