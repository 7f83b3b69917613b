package dev.anagama.bench.simulator;

import java.util.Arrays;

/** Latencies of jobs, in several groups that stand for different numbers of workers. */
final class Latencies {
  private final long[][] nanos;
  private final double[] weights;
  private final int[] counts;
  private boolean sorted;

  /** One group for each weight; a latency counts as often as its group's weight says. */
  Latencies(double... weights) {
    this.weights = weights.clone();
    this.nanos = new long[weights.length][1024];
    this.counts = new int[weights.length];
  }

  void add(int group, long latencyNanos) {
    if (counts[group] == nanos[group].length) {
      nanos[group] = Arrays.copyOf(nanos[group], 2 * counts[group]);
    }
    nanos[group][counts[group]++] = latencyNanos;
    sorted = false;
  }

  /** The mean in seconds; there must be a latency. */
  double meanSeconds() {
    double sum = 0;
    for (int group = 0; group < weights.length; group++) {
      for (int i = 0; i < counts[group]; i++) {
        sum += weights[group] * nanos[group][i];
      }
    }
    return sum / total() / 1e9;
  }

  /**
   * The smallest latency that this share of all jobs does not exceed.
   *
   * @param share above 0, at most 1
   * @return in seconds
   */
  double quantileSeconds(double share) {
    sort();
    double left = share * total();
    int[] next = new int[weights.length];
    while (true) {
      int smallest = -1;
      for (int group = 0; group < weights.length; group++) {
        if (next[group] < counts[group]
            && (smallest < 0 || nanos[group][next[group]] < nanos[smallest][next[smallest]])) {
          smallest = group;
        }
      }
      if (smallest < 0) {
        throw new IllegalStateException("there is no latency yet");
      }
      left -= weights[smallest];
      // Sums of fractions end beside the number that they should be.
      if (left <= 1e-9 * weights[smallest] || exhaustedBut(next, smallest)) {
        return nanos[smallest][next[smallest]] / 1e9;
      }
      next[smallest]++;
    }
  }

  private boolean exhaustedBut(int[] next, int last) {
    for (int group = 0; group < weights.length; group++) {
      if (next[group] + (group == last ? 1 : 0) < counts[group]) {
        return false;
      }
    }
    return true;
  }

  private double total() {
    double total = 0;
    for (int group = 0; group < weights.length; group++) {
      total += weights[group] * counts[group];
    }
    return total;
  }

  private void sort() {
    if (!sorted) {
      for (int group = 0; group < weights.length; group++) {
        Arrays.sort(nanos[group], 0, counts[group]);
      }
      sorted = true;
    }
  }
}
