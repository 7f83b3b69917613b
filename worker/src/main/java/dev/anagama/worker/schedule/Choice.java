package dev.anagama.worker.schedule;

import java.util.List;

/**
 * The rows of one forward pass.
 *
 * @param lane the lane of all of them
 * @param rows at least one, most urgent first
 * @param turn whether the step belongs to those that have waited longest; see {@link Roster}
 */
public record Choice<J>(Lane lane, List<ChosenRow<J>> rows, boolean turn) {
  /** Keeps its own list. */
  public Choice {
    rows = List.copyOf(rows);
  }

  /** What the forward pass costs. */
  public int networkRows() {
    return rows.stream().mapToInt(ChosenRow::networkRows).sum();
  }
}
