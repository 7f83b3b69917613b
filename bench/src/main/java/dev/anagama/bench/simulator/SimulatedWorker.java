package dev.anagama.bench.simulator;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** One worker: the jobs of its partitions, those in its hand, and the cycle that it is in. */
final class SimulatedWorker {
  private final int index;
  private final CycleCost cost;
  private final WorkerPolicy policy;
  private final int inHandLimit;
  private final Deque<SimulatedJob> inKafka = new ArrayDeque<>();
  private int inHand;
  private boolean busy;
  private long cycleStartNanos;
  private long cycleEndNanos;

  SimulatedWorker(int index, CycleCost cost, WorkerPolicy policy, int inHandLimit) {
    this.index = index;
    this.cost = cost;
    this.policy = policy;
    this.inHandLimit = inHandLimit;
  }

  int index() {
    return index;
  }

  boolean busy() {
    return busy;
  }

  long cycleStartNanos() {
    return cycleStartNanos;
  }

  long cycleEndNanos() {
    return cycleEndNanos;
  }

  /** A job has come to one of its partitions. */
  void arrive(SimulatedJob job) {
    inKafka.add(job);
  }

  /** Takes jobs while there is room in its hand, and begins a cycle if there is work. */
  void beginCycle(long nowNanos) {
    while (inHand < inHandLimit && !inKafka.isEmpty()) {
      policy.take(inKafka.remove(), nowNanos);
      inHand++;
    }
    int networkRows = policy.begin(nowNanos);
    busy = networkRows > 0;
    cycleStartNanos = nowNanos;
    cycleEndNanos = busy ? nowNanos + cost.nanos(networkRows) : nowNanos;
  }

  /**
   * The cycle is over.
   *
   * @return jobs that have ended
   */
  List<SimulatedJob> endCycle() {
    List<SimulatedJob> ended = policy.end(cycleEndNanos);
    inHand -= ended.size();
    busy = false;
    return ended;
  }
}
