package dev.anagama.worker.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * Which rows take the next step. The oldest job comes first; a row is chosen if it still fits.
 *
 * <p><b>Two limits, one number.</b> A step costs a row one network row, or two where guidance acts.
 * The row limit bounds the network rows of one step, and also the rows that have begun and hold a
 * z.
 *
 * <p><b>Nobody starves.</b> The oldest candidate is met with the whole limit free, and no row costs
 * more than {@link #MAX_NETWORK_ROWS}; so it moves, unless it has not begun and every place is
 * taken. Then none before the oldest row that has begun can begin either, and that one moves. Rows
 * take a bounded number of steps, so places become free, and each goes to the oldest candidate that
 * waits.
 */
final class RowChoice {
  /** Most network rows that one step of one row costs; no row limit may be smaller. */
  static final int MAX_NETWORK_ROWS = 2;

  private RowChoice() {}

  /** One row as the choice sees it. */
  interface Candidate {
    /** Whether it has taken its place and holds a z. */
    boolean begun();

    /** What its next step costs: 1 to {@link #MAX_NETWORK_ROWS}. */
    int networkRows();
  }

  /**
   * Chooses rows.
   *
   * @param candidates in the order of their jobs' arrival, oldest first
   * @param rowLimit at least {@link #MAX_NETWORK_ROWS}
   * @return those that take the next step, in the same order; empty only if there are none
   */
  static <C extends Candidate> List<C> choose(List<C> candidates, int rowLimit) {
    if (rowLimit < MAX_NETWORK_ROWS) {
      throw new IllegalArgumentException(
          "rowLimit is %d; allowed: at least %d".formatted(rowLimit, MAX_NETWORK_ROWS));
    }
    int places = rowLimit - (int) candidates.stream().filter(Candidate::begun).count();
    int free = rowLimit;
    List<C> chosen = new ArrayList<>();
    for (C candidate : candidates) {
      if (free == 0) {
        break;
      }
      if (candidate.networkRows() > free || (!candidate.begun() && places <= 0)) {
        continue;
      }
      chosen.add(candidate);
      free -= candidate.networkRows();
      places -= candidate.begun() ? 0 : 1;
    }
    return chosen;
  }
}
