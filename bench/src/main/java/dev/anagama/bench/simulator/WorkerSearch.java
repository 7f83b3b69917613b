package dev.anagama.bench.simulator;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** How many workers a goal takes, by trying. */
final class WorkerSearch {
  /** Largest fleet that is tried. */
  static final int MAX_WORKERS = 1000;

  private final PointRunner runner;
  private final Goal goal;
  private final Traffic traffic;
  private final long seed;
  private final Map<Integer, Optional<SimulatedPoint>> tried = new TreeMap<>();

  WorkerSearch(PointRunner runner, Goal goal, Traffic traffic, long seed) {
    this.runner = runner;
    this.goal = goal;
    this.traffic = traffic;
    this.seed = seed;
  }

  /**
   * The smallest fleet that reaches the goal; null if none of at most {@value #MAX_WORKERS} does.
   * More workers never make it worse, so it is met by doubling and halving.
   */
  @Nullable Integer smallest() {
    int least = (int) Math.ceil(goal.jobsPerSecond() / runner.fullJobsPerSecond());
    int tooFew = Math.max(1, least) - 1;
    int enough = tooFew + 1;
    for (int stride = 1; !reaches(enough); stride *= 2) {
      if (enough >= MAX_WORKERS) {
        return null;
      }
      tooFew = enough;
      enough = Math.min(MAX_WORKERS, enough + stride);
    }
    while (enough - tooFew > 1) {
      int middle = (tooFew + enough) / 2;
      if (reaches(middle)) {
        enough = middle;
      } else {
        tooFew = middle;
      }
    }
    return enough;
  }

  /** The point of a fleet; empty if it is saturated. */
  Optional<SimulatedPoint> point(int workers) {
    return tried.computeIfAbsent(
        workers,
        fleet -> runner.run(fleet, traffic, Policy.STEP_BOUNDARY, goal.jobsPerSecond(), seed));
  }

  private boolean reaches(int workers) {
    return workers <= MAX_WORKERS
        && point(workers).filter(p -> p.p95Seconds() <= goal.p95Seconds()).isPresent();
  }
}
