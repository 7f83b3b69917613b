package dev.anagama.bench.simulator;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Supplier;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.simple.RandomSource;

/**
 * A fleet in simulated time: jobs come, fall on partitions, are taken by the workers that hold
 * them, and leave after their last step. There are two kinds of event, the next arrival and the
 * next end of a cycle, and nothing happens between them. The same seed gives the same run.
 *
 * <p>The first jobs warm the fleet up and are not counted. Jobs keep coming until the last counted
 * one has ended, so that none ends in an emptying fleet. Bursts have a generator of their own, so
 * that runs of one seed that differ in rate or fleet meet the same bursts.
 */
final class FleetSimulation {
  private static final double NANOS = 1e9;
  private static final double WARM_UP_SHARE = 0.25;

  private final Sample sample;
  private final JobMix mix;
  private final UniformRandomProvider random;
  private final Arrivals.Stream arrivals;
  private final List<SimulatedWorker> workers = new ArrayList<>();
  private final List<SimulatedWorker> workerByPartition = new ArrayList<>();
  private final PriorityQueue<SimulatedWorker> cycles =
      new PriorityQueue<>(
          Comparator.comparingLong(SimulatedWorker::cycleEndNanos)
              .thenComparingInt(SimulatedWorker::index));
  private final Latencies latencies;
  private final Window window = new Window();

  private final long firstCounted;
  private final long lastCounted;
  private long come;
  private long countedEnded;

  /**
   * What workers are and do.
   *
   * @param policy makes each worker's
   * @param inHandLimit most jobs that a worker has taken and not ended, at least 1
   */
  record Behaviour(CycleCost cost, Supplier<WorkerPolicy> policy, int inHandLimit) {}

  /**
   * What a run gave. Numbers stand for the whole fleet.
   *
   * @param utilisation share of the time that a device computes, mean over all workers
   * @param jobsInSystem jobs that have come and not ended, in the mean
   * @param jobsPerSecond jobs that came
   * @param imagesPerSecond images of jobs that ended
   * @param jobs jobs whose latency was counted, of the sample
   */
  record Outcome(
      double utilisation,
      double p50Seconds,
      double p95Seconds,
      double p99Seconds,
      double meanSeconds,
      double jobsInSystem,
      double jobsPerSecond,
      double imagesPerSecond,
      long jobs) {}

  private FleetSimulation(
      Sample sample, JobMix mix, Arrivals arrivals, Behaviour behaviour, long jobs, long seed) {
    this.sample = sample;
    this.mix = mix;
    this.random = RandomSource.XO_SHI_RO_256_PP.create(seed);
    double share = (double) sample.partitions() / sample.dealing().partitions();
    this.arrivals =
        arrivals
            .at(arrivals.ratePerSecond() * share)
            .start(random, RandomSource.XO_SHI_RO_256_PP.create(~seed));
    for (int i = 0; i < sample.workers(); i++) {
      SimulatedWorker worker =
          new SimulatedWorker(
              i, behaviour.cost(), behaviour.policy().get(), behaviour.inHandLimit());
      workers.add(worker);
      for (int partition = 0; partition < sample.partitionsOf(i); partition++) {
        workerByPartition.add(worker);
      }
    }
    this.latencies = new Latencies(sample.fullerWeight(), sample.othersWeight());
    this.firstCounted = Math.round(WARM_UP_SHARE * jobs);
    this.lastCounted = firstCounted + jobs - 1;
  }

  /**
   * Runs one point.
   *
   * @param arrivals of the whole fleet; no worker may get more than it can do
   * @param jobs whose latency is counted, at least 1
   */
  static Outcome run(
      Sample sample, JobMix mix, Arrivals arrivals, Behaviour behaviour, long jobs, long seed) {
    return new FleetSimulation(sample, mix, arrivals, behaviour, jobs, seed).run(jobs);
  }

  private Outcome run(long jobs) {
    long nextArrivalNanos = nextArrivalNanos();
    while (countedEnded < jobs || come <= lastCounted + 1) {
      SimulatedWorker next = cycles.peek();
      // A job that comes at the very end of a cycle joins the next.
      if (next == null || nextArrivalNanos <= next.cycleEndNanos()) {
        arrive(nextArrivalNanos);
        nextArrivalNanos = nextArrivalNanos();
      } else {
        cycles.remove();
        endCycle(next);
      }
    }
    return new Outcome(
        window.workersBusy() / sample.dealing().workers(),
        latencies.quantileSeconds(0.5),
        latencies.quantileSeconds(0.95),
        latencies.quantileSeconds(0.99),
        latencies.meanSeconds(),
        window.jobsInSystem(),
        window.jobsPerSecond(),
        window.imagesPerSecond(),
        jobs);
  }

  private long nextArrivalNanos() {
    return Math.round(arrivals.nextSeconds() * NANOS);
  }

  private void arrive(long nowNanos) {
    if (come == firstCounted) {
      window.open(nowNanos);
    } else if (come == lastCounted + 1) {
      cycles.forEach(busy -> window.busy(weight(busy), busy.cycleStartNanos(), nowNanos));
      window.close(nowNanos);
    }
    SimulatedJob job = new SimulatedJob(come++, mix.draw(random.nextDouble()), nowNanos);
    // The key is a random id, so its hash falls on any partition alike.
    SimulatedWorker worker = workerByPartition.get(random.nextInt(workerByPartition.size()));
    window.come(weight(worker), nowNanos);
    worker.arrive(job);
    if (!worker.busy()) {
      beginCycle(worker, nowNanos);
    }
  }

  private void beginCycle(SimulatedWorker worker, long nowNanos) {
    worker.beginCycle(nowNanos);
    if (worker.busy()) {
      cycles.add(worker);
    }
  }

  private void endCycle(SimulatedWorker worker) {
    long nowNanos = worker.cycleEndNanos();
    window.busy(weight(worker), worker.cycleStartNanos(), nowNanos);
    for (SimulatedJob job : worker.endCycle()) {
      window.ended(weight(worker), job.kind().images(), nowNanos);
      if (job.number() >= firstCounted && job.number() <= lastCounted) {
        latencies.add(sample.isFuller(worker.index()) ? 0 : 1, nowNanos - job.arrivedNanos());
        countedEnded++;
      }
    }
    beginCycle(worker, nowNanos);
  }

  /** Workers of the fleet that it stands for. */
  private double weight(SimulatedWorker worker) {
    return sample.isFuller(worker.index()) ? sample.fullerWeight() : sample.othersWeight();
  }
}
