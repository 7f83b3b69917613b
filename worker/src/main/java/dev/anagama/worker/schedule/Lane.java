package dev.anagama.worker.schedule;

/**
 * One version of a model on one device. Rows that share a lane can share a forward pass. Compared by
 * identity; used by the thread of one {@link Roster} alone.
 */
public final class Lane {
  /** Smallest row limit: a row with guidance takes two network rows. */
  public static final int MIN_ROW_LIMIT = Demand.MAX_NETWORK_ROWS;

  private final String name;
  private int rowLimit;

  /**
   * Opens a lane.
   *
   * @param name for logs
   * @param rowLimit most network rows in one forward pass, at least {@value #MIN_ROW_LIMIT}
   */
  public Lane(String name, int rowLimit) {
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
