package dev.anagama.bench.simulator;

/**
 * What to simulate.
 *
 * @param measured measured time of a forward pass by its rows
 * @param jobsPerPoint jobs whose latency is counted at least, {@value #MIN_JOBS} to
 *     {@value #MAX_JOBS}
 * @param seed of all draws
 */
public record SimulationPlan(
    MeasuredProfile measured,
    WorkerModel worker,
    JobMix mix,
    Burstiness bursts,
    Goal goal,
    int jobsPerPoint,
    long seed) {
  /** Fewest that a 99th percentile is worth reading from. */
  public static final int MIN_JOBS = 1_000;

  /** Most of them; a page of such points takes an hour or so. */
  public static final int MAX_JOBS = 1_000_000;

  /** Checks the range. */
  public SimulationPlan {
    if (jobsPerPoint < MIN_JOBS || jobsPerPoint > MAX_JOBS) {
      throw new IllegalArgumentException(
          "jobs per point is %d; allowed: %d to %d".formatted(jobsPerPoint, MIN_JOBS, MAX_JOBS));
    }
  }

  /** Time of a cycle by its rows. */
  CycleCost cycleCost() {
    return CycleCost.of(measured.profile()::seconds, worker.rowLimit(), worker.overheadSeconds());
  }
}
