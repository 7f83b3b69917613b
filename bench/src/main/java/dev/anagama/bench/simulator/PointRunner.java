package dev.anagama.bench.simulator;

import dev.anagama.bench.simulator.FleetSimulation.Behaviour;
import dev.anagama.bench.simulator.FleetSimulation.Outcome;
import java.util.Optional;

/** Runs single points of a plan, long enough for what each is asked. */
final class PointRunner {
  /** A fleet whose busiest worker gets more of what it could do has no steady state in our time. */
  static final double MAX_LOAD = 0.97;

  /** Workers of a fleet that are simulated one by one at most; see {@link Sample}. */
  static final int SAMPLED_WORKERS = 8;

  /** The same where arrivals are bursty: runs are long, and all workers meet the same bursts. */
  static final int SAMPLED_IN_BURSTS = 2;

  private static final double SECONDS_PER_HOUR = 3600;
  private static final int BURST_CYCLES = 60;
  private static final double LONGEST = 6;

  private final SimulationPlan plan;
  private final CycleCost cost;

  PointRunner(SimulationPlan plan) {
    this.plan = plan;
    this.cost = plan.cycleCost();
  }

  /** Jobs a second of a worker whose cycles are all full. */
  double fullJobsPerSecond() {
    return cost.fullJobsPerSecond(plan.mix());
  }

  /**
   * Simulates a sample of a fleet.
   *
   * @param jobsPerSecond of the whole fleet
   * @param seed of all draws
   * @return empty if its busiest worker gets more than it can do
   */
  Optional<SimulatedPoint> run(
      int workers, Traffic traffic, Policy policy, double jobsPerSecond, long seed) {
    int sampled = traffic == Traffic.BURSTY ? SAMPLED_IN_BURSTS : SAMPLED_WORKERS;
    return run(workers, traffic, policy, jobsPerSecond, seed, sampled, plan.jobsPerPoint());
  }

  /**
   * The same with another sample.
   *
   * @param sampledWorkers most workers that are simulated one by one, at least 2
   * @param leastJobs jobs to count at least
   */
  Optional<SimulatedPoint> run(
      int workers,
      Traffic traffic,
      Policy policy,
      double jobsPerSecond,
      long seed,
      int sampledWorkers,
      long leastJobs) {
    Dealing dealing = new Dealing(workers, plan.worker().partitionsFor(workers));
    double busiestLoad = jobsPerSecond * dealing.largestShare() / fullJobsPerSecond();
    if (busiestLoad > MAX_LOAD) {
      return Optional.empty();
    }
    Sample sample = Sample.of(dealing, sampledWorkers);
    Arrivals arrivals =
        switch (traffic) {
          case POISSON -> new Arrivals.Poisson(jobsPerSecond);
          case BURSTY -> new Arrivals.Bursty(jobsPerSecond, plan.bursts());
        };
    int rowLimit = plan.worker().rowLimit();
    Behaviour behaviour =
        new Behaviour(cost, () -> policy.worker(rowLimit), plan.worker().inHandLimit());
    long jobs = jobs(sample, traffic, jobsPerSecond, busiestLoad, leastJobs);
    Outcome outcome = FleetSimulation.run(sample, plan.mix(), arrivals, behaviour, jobs, seed);
    double imagesPerHour = jobsPerSecond * plan.mix().meanImages() * SECONDS_PER_HOUR;
    return Optional.of(
        new SimulatedPoint(
            policy,
            traffic,
            workers,
            dealing.partitions(),
            jobsPerSecond / (workers * fullJobsPerSecond()),
            jobsPerSecond,
            outcome.utilisation(),
            outcome.p50Seconds(),
            outcome.p95Seconds(),
            outcome.p99Seconds(),
            outcome.meanSeconds(),
            outcome.imagesPerSecond(),
            workers * plan.goal().pricePerHour() / imagesPerHour,
            dealing.idleWorkers(),
            busiestLoad,
            sample.workers(),
            outcome.jobs()));
  }

  /** Queues that are nearly full forget slowly, and bursts come seldom: both take longer runs. */
  private long jobs(
      Sample sample, Traffic traffic, double jobsPerSecond, double busiestLoad, long leastJobs) {
    double longer = Math.min(LONGEST, Math.max(1, 0.3 / (1 - busiestLoad)));
    double jobs = leastJobs * longer;
    if (traffic == Traffic.BURSTY) {
      double simulated = jobsPerSecond * sample.partitions() / sample.dealing().partitions();
      jobs = Math.max(jobs, simulated * BURST_CYCLES * plan.bursts().cycleSeconds());
    }
    return Math.round(jobs);
  }
}
