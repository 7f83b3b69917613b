package dev.anagama.bench.simulator;

import java.util.function.IntToDoubleFunction;

/** How long a cycle of the engine takes by its network rows; whole nanoseconds, at least one. */
final class CycleCost {
  private static final double NANOS = 1e9;

  private final long[] nanosByRows;

  private CycleCost(long[] nanosByRows) {
    this.nanosByRows = nanosByRows;
  }

  /**
   * A table for up to the row limit.
   *
   * @param forwardSeconds time of a forward pass over 1 to {@code rowLimit} rows
   * @param overheadSeconds what a cycle takes beside it, at least 0
   */
  static CycleCost of(IntToDoubleFunction forwardSeconds, int rowLimit, double overheadSeconds) {
    long[] nanos = new long[rowLimit + 1];
    for (int rows = 1; rows <= rowLimit; rows++) {
      double seconds = forwardSeconds.applyAsDouble(rows) + overheadSeconds;
      nanos[rows] = Math.max(1, Math.round(seconds * NANOS));
    }
    return new CycleCost(nanos);
  }

  /** Most rows of a cycle. */
  int rowLimit() {
    return nanosByRows.length - 1;
  }

  /**
   * A cycle's time.
   *
   * @param rows 1 to the row limit
   */
  long nanos(int rows) {
    return nanosByRows[rows];
  }

  /** Network rows a second of a worker whose cycles are all full. */
  double fullRowsPerSecond() {
    return rowLimit() * NANOS / nanos(rowLimit());
  }

  /** Jobs a second of a worker whose cycles are all full: what a load of 1 means. */
  double fullJobsPerSecond(JobMix mix) {
    return fullRowsPerSecond() / mix.meanNetworkRows();
  }

  /** Seconds that a job takes alone on a worker. */
  double soloSeconds(JobKind kind) {
    int atOnce = Math.max(1, rowLimit() / kind.rowsPerStep());
    int full = kind.images() / atOnce;
    int rest = kind.images() % atOnce;
    long nanos = (long) kind.steps() * full * nanos(atOnce * kind.rowsPerStep());
    if (rest > 0) {
      nanos += (long) kind.steps() * nanos(rest * kind.rowsPerStep());
    }
    return nanos / NANOS;
  }
}
