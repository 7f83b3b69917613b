package dev.anagama.worker.schedule;

import java.util.Arrays;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** One job of a random trace, and the truth of what has become of it. Times are in cycles. */
final class TraceJob {
  final int number;
  final Urgency urgency;
  final int arrivesAt;
  final int plannedAt;
  final int cancelledAt;
  final int[] costs;
  final int[] stepsTaken;
  Lane lane;
  long arrivedNanos;
  boolean arrived;
  boolean planned;
  @Nullable String end;
  int endedAt;

  private TraceJob(
      int number,
      Urgency urgency,
      int arrivesAt,
      int plannedAt,
      int cancelledAt,
      Lane lane,
      int[] costs,
      int images) {
    this.number = number;
    this.urgency = urgency;
    this.arrivesAt = arrivesAt;
    this.plannedAt = plannedAt;
    this.cancelledAt = cancelledAt;
    this.lane = lane;
    this.costs = costs;
    this.stepsTaken = new int[images];
  }

  /** A job with an interval of guidance, sometimes with a deadline, sometimes cancelled. */
  static TraceJob random(
      SplittableRandom random, int number, int arrivesAt, Lane lane, long cycleNanos) {
    int[] costs = new int[1 + random.nextInt(10)];
    int guidedFrom = random.nextInt(costs.length + 1);
    int guidedTo = guidedFrom + random.nextInt(costs.length + 1);
    for (int step = 0; step < costs.length; step++) {
      costs[step] = step >= guidedFrom && step < guidedTo ? 2 : 1;
    }
    boolean deadline = random.nextInt(3) == 0;
    boolean cancelled = random.nextInt(8) == 0;
    return new TraceJob(
        number,
        new Urgency(
            random.nextInt(3),
            deadline
                ? OptionalLong.of((arrivesAt + 1 + random.nextInt(60)) * cycleNanos)
                : OptionalLong.empty()),
        arrivesAt,
        arrivesAt + (random.nextInt(5) == 0 ? random.nextInt(10) : 0),
        cancelled ? arrivesAt + random.nextInt(30) : Integer.MAX_VALUE,
        lane,
        costs,
        1 + (random.nextInt(4) == 0 ? random.nextInt(20) : random.nextInt(3)));
  }

  /** A guided job that neither ends before its images are made nor is late with its plan. */
  static TraceJob plain(
      int number, Urgency urgency, int arrivesAt, Lane lane, int steps, int images) {
    int[] costs = new int[steps];
    Arrays.fill(costs, Demand.MAX_NETWORK_ROWS);
    return new TraceJob(
        number, urgency, arrivesAt, arrivesAt, Integer.MAX_VALUE, lane, costs, images);
  }

  Demand demand() {
    return new Demand(lane, stepsTaken.length, costs.length, step -> costs[step]);
  }

  boolean alive() {
    return arrived && end == null;
  }

  /** Whether the row holds a place. */
  boolean holds(int image) {
    return stepsTaken[image] > 0 && stepsTaken[image] < costs.length;
  }

  boolean begun() {
    return stepsTaken[0] > 0;
  }

  boolean allDone() {
    return Arrays.stream(stepsTaken).allMatch(step -> step == costs.length);
  }

  boolean overdue(long nowNanos) {
    return urgency.deadlineNanos().isEmpty() && nowNanos - arrivedNanos >= Roster.PATIENCE_NANOS;
  }

  long deadline() {
    return urgency.deadlineNanos().orElse(Long.MAX_VALUE);
  }

  void end(String how, int cycle) {
    if (end != null) {
      throw new AssertionError(this + " ends a second time: " + how);
    }
    end = how;
    endedAt = cycle;
  }

  @Override
  public String toString() {
    return "job %d (%s, %d images, costs %s, arrives at %d, %s)"
        .formatted(number, urgency, stepsTaken.length, Arrays.toString(costs), arrivesAt, end);
  }
}
