package dev.anagama.bench.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * When jobs arrive, whatever becomes of those before them (an open loop).
 *
 * @param seconds length of the trace
 * @param arrivals in their order
 */
record ArrivalTrace(double seconds, List<Arrival> arrivals) {
  /**
   * A job's arrival.
   *
   * @param seconds since the start
   * @param steps of its one image
   * @param seed of its noise
   */
  record Arrival(double seconds, int steps, long seed) {}

  ArrivalTrace {
    arrivals = List.copyOf(arrivals);
  }

  /**
   * A Poisson process.
   *
   * @param seconds length, above 0
   * @param jobsPerSecond mean rate, above 0
   * @param steps lengths of jobs, each as likely as the others
   */
  static ArrivalTrace poisson(
      double seconds, double jobsPerSecond, List<Integer> steps, RandomGenerator random) {
    List<Arrival> arrivals = new ArrayList<>();
    double at = random.nextExponential() / jobsPerSecond;
    while (at < seconds) {
      arrivals.add(
          new Arrival(at, steps.get(random.nextInt(steps.size())), random.nextLong(1L << 53)));
      at += random.nextExponential() / jobsPerSecond;
    }
    return new ArrivalTrace(seconds, arrivals);
  }

  /** Steps of all jobs. */
  long steps() {
    return arrivals.stream().mapToLong(Arrival::steps).sum();
  }
}
