package dev.anagama.worker.engine;

/**
 * What the engine has done since its start.
 *
 * @param cycles that took a step
 * @param networkRows rows that went through the network
 * @param queuedNanos what jobs that have begun had waited before, summed
 * @param busyNanos spent in cycles that took a step
 * @param idleNanos spent waiting for work
 */
public record EngineReport(
    long cycles, long networkRows, long queuedNanos, long busyNanos, long idleNanos) {
  /** Nothing yet. */
  static final EngineReport START = new EngineReport(0, 0, 0, 0, 0);

  /** Both together, of two engines. */
  public EngineReport plus(EngineReport other) {
    return new EngineReport(
        cycles + other.cycles,
        networkRows + other.networkRows,
        queuedNanos + other.queuedNanos,
        busyNanos + other.busyNanos,
        idleNanos + other.idleNanos);
  }

  EngineReport plusBusy(long nanos, long rows) {
    return new EngineReport(
        cycles + 1, networkRows + rows, queuedNanos, busyNanos + nanos, idleNanos);
  }

  EngineReport plusIdle(long nanos) {
    return new EngineReport(cycles, networkRows, queuedNanos, busyNanos, idleNanos + nanos);
  }

  EngineReport plusQueued(long nanos) {
    return new EngineReport(cycles, networkRows, queuedNanos + nanos, busyNanos, idleNanos);
  }
}
