package dev.anagama.bench.simulator;

/**
 * What one simulation of a fleet gave. Latencies are from a job's coming to its last step's end.
 *
 * @param load jobs that come over jobs that all workers could do with full cycles, 0 to 1
 * @param utilisation share of the time that a device computes, mean over all workers
 * @param costPerImage in the currency of the price
 * @param idleWorkers workers without a partition
 * @param busiestLoad load of a worker that has the most partitions
 * @param simulatedWorkers workers that were simulated one by one
 * @param countedJobs jobs whose latency was counted
 */
public record SimulatedPoint(
    Policy policy,
    Traffic traffic,
    int workers,
    int partitions,
    double load,
    double jobsPerSecond,
    double utilisation,
    double p50Seconds,
    double p95Seconds,
    double p99Seconds,
    double meanSeconds,
    double imagesPerSecond,
    double costPerImage,
    int idleWorkers,
    double busiestLoad,
    int simulatedWorkers,
    long countedJobs) {}
