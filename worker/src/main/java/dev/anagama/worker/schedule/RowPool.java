package dev.anagama.worker.schedule;

/**
 * One version of a model on one device. Rows that share a pool can share a forward pass. Compared
 * by identity; used by the thread of one {@link Roster} alone.
 */
public final class RowPool {
  /** Smallest row limit: a row with guidance takes two network rows. */
  public static final int MIN_ROW_LIMIT = Demand.MAX_NETWORK_ROWS;

  /** Over how many steps the cost of a row is smoothed. */
  private static final int STEPS_REMEMBERED = 32;

  private static final double DRIFT = 1.5;

  private final String name;
  private int rowLimit;
  private double rowNanos;
  private double settledNanos;

  /**
   * Opens a pool.
   *
   * @param name for logs
   * @param rowLimit most network rows in one forward pass, at least {@value #MIN_ROW_LIMIT}
   */
  public RowPool(String name, int rowLimit) {
    if (rowLimit < MIN_ROW_LIMIT) {
      throw new IllegalArgumentException(
          "rowLimit is %d; allowed: at least %d".formatted(rowLimit, MIN_ROW_LIMIT));
    }
    this.name = name;
    this.rowLimit = rowLimit;
  }

  /** Most network rows in one forward pass. */
  public int rowLimit() {
    return rowLimit;
  }

  /**
   * About what a network row costs; 0 before the first step. It changes only when the cost has
   * drifted by half, so that equal jobs keep the order in which they came.
   */
  double rowNanos() {
    return settledNanos;
  }

  /** A step is over. */
  void stepped(int networkRows, long stepNanos) {
    double now = (double) stepNanos / networkRows;
    rowNanos = rowNanos == 0 ? now : rowNanos + (now - rowNanos) / STEPS_REMEMBERED;
    if (rowNanos > DRIFT * settledNanos || rowNanos < settledNanos / DRIFT) {
      settledNanos = rowNanos;
    }
  }

  /**
   * A forward pass has run out of memory.
   *
   * @return whether there is a smaller limit to try
   */
  public boolean halveLimit() {
    if (rowLimit == MIN_ROW_LIMIT) {
      return false;
    }
    rowLimit = Math.max(MIN_ROW_LIMIT, rowLimit / 2);
    return true;
  }

  @Override
  public String toString() {
    return name;
  }
}
