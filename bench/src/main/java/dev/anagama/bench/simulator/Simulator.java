package dev.anagama.bench.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs a plan: how many workers a goal takes, curves over load for fleets of 1 to 1,000 workers,
 * the same for whole batches, and a whole fleet of 1,000 against the sample that stands for it.
 */
public final class Simulator {
  /** Fleets of the curves. */
  static final List<Integer> FLEETS = List.of(1, 4, 16, 64, 256, 1000);

  /** Loads of the curves. */
  static final List<Double> LOADS = List.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95);

  /** The fleet that is compared with whole batches. */
  static final int COMPARED_FLEET = 4;

  /** The load at which single figures are compared. */
  static final double COMPARED_LOAD = 0.7;

  private static final int WHOLE_FLEET = 1000;
  private static final int WHOLE_FLEET_LONGER = 10;

  private final SimulationPlan plan;
  private final PointRunner runner;
  private final Consumer<String> progress;

  private Simulator(SimulationPlan plan, Consumer<String> progress) {
    this.plan = plan;
    this.runner = new PointRunner(plan);
    this.progress = progress;
  }

  /**
   * Runs everything, on the calling thread; takes a minute or two with 20,000 jobs a point.
   *
   * @param progress hears what is done now
   */
  public static SimulationReport run(SimulationPlan plan, Consumer<String> progress) {
    return new Simulator(plan, progress).run();
  }

  private SimulationReport run() {
    Advice poisson = advice(Traffic.POISSON);
    Advice bursty = advice(Traffic.BURSTY);
    List<SimulatedPoint> curves = new ArrayList<>();
    for (Traffic traffic : Traffic.values()) {
      for (int workers : FLEETS) {
        curves.addAll(curve(workers, traffic, Policy.STEP_BOUNDARY));
      }
    }
    List<SimulatedPoint> wholeBatches = new ArrayList<>();
    for (Traffic traffic : Traffic.values()) {
      wholeBatches.addAll(curve(COMPARED_FLEET, traffic, Policy.WHOLE_BATCH));
    }
    return new SimulationReport(
        plan,
        runner.fullJobsPerSecond(),
        soloP95Seconds(),
        List.of(poisson, bursty),
        curves,
        wholeBatches,
        wholeFleet());
  }

  private List<SimulatedPoint> curve(int workers, Traffic traffic, Policy policy) {
    progress.accept(
        "%s arrivals, %s, %d worker%s"
            .formatted(traffic.word(), policy.label(), workers, workers == 1 ? "" : "s"));
    List<SimulatedPoint> points = new ArrayList<>();
    // Fleets have draws of their own, so that where they agree they are seen to.
    for (double load : LOADS) {
      double jobsPerSecond = load * workers * runner.fullJobsPerSecond();
      runner
          .run(workers, traffic, policy, jobsPerSecond, plan.seed() + workers)
          .ifPresent(points::add);
    }
    return points;
  }

  private Advice advice(Traffic traffic) {
    progress.accept("workers for %s arrivals".formatted(traffic.word()));
    WorkerSearch search = new WorkerSearch(runner, plan.goal(), traffic, plan.seed());
    // Alone is as fast as a job gets, so a goal below that is not searched for.
    Integer workers = soloP95Seconds() > plan.goal().p95Seconds() ? null : search.smallest();
    return new Advice(traffic, workers, around(search, workers));
  }

  /** Fleets from the smallest that can keep up to well beyond the one that is advised. */
  private List<SimulatedPoint> around(WorkerSearch search, @Nullable Integer advised) {
    int least = (int) Math.ceil(plan.goal().jobsPerSecond() / runner.fullJobsPerSecond());
    int middle = advised == null ? 2 * least : advised;
    List<SimulatedPoint> points = new ArrayList<>();
    for (int workers : AroundFleet.sizes(least, middle, WorkerSearch.MAX_WORKERS)) {
      search.point(workers).ifPresent(points::add);
    }
    return points;
  }

  /** Every one of 1,000 workers simulated; empty if the partitions are too few for that load. */
  private Optional<SimulatedPoint> wholeFleet() {
    progress.accept("poisson arrivals, each of %d workers simulated".formatted(WHOLE_FLEET));
    double jobsPerSecond = COMPARED_LOAD * WHOLE_FLEET * runner.fullJobsPerSecond();
    return runner.run(
        WHOLE_FLEET,
        Traffic.POISSON,
        Policy.STEP_BOUNDARY,
        jobsPerSecond,
        plan.seed(),
        WHOLE_FLEET,
        (long) WHOLE_FLEET_LONGER * plan.jobsPerPoint());
  }

  /** What 95 of 100 jobs take at most, each alone on a worker. */
  private double soloP95Seconds() {
    return plan.mix().quantile(0.95, plan.cycleCost()::soloSeconds);
  }
}
