package dev.anagama.worker.schedule;

import java.util.ArrayList;
import java.util.List;

/**
 * Fills one forward pass with rows that are offered in the order of their urgency. As soon as one of
 * them has to wait, those behind it may step on but not begin: what becomes free is for the one that
 * waits.
 */
final class RowFill<J> {
  private final List<ChosenRow<J>> chosen = new ArrayList<>();
  private int freeRows;
  private int begunRows;
  private boolean mayBegin = true;

  /**
   * Begins with none.
   *
   * @param rowLimit network rows that there are
   * @param begunRows rows that hold a place
   */
  RowFill(int rowLimit, int begunRows) {
    this.freeRows = rowLimit;
    this.begunRows = begunRows;
  }

  /**
   * Offers the rows of jobs that are equally urgent: first those that have begun, then the others,
   * each by its job's place in the list.
   *
   * @param places a row begins only while fewer rows hold a place
   * @param newJobs whether a job may begin
   */
  void offer(List<Standing<J>> jobs, int places, boolean newJobs) {
    for (Standing<J> job : jobs) {
      for (int i = 0; i < job.begunRows() && freeRows > 0; i++) {
        if (!take(job.begunRow(i))) {
          mayBegin = false;
        }
      }
    }
    for (Standing<J> job : jobs) {
      int fresh = newJobs || job.begun() ? job.freshRows() : 0;
      for (int i = 0; i < fresh && mayBegin; i++) {
        mayBegin = begunRows < places && take(job.freshRow(i));
        begunRows += mayBegin ? 1 : 0;
      }
    }
  }

  /** Whether no row fits any more. */
  boolean full() {
    return freeRows == 0;
  }

  List<ChosenRow<J>> chosen() {
    return chosen;
  }

  private boolean take(ChosenRow<J> row) {
    if (row.networkRows() > freeRows) {
      return false;
    }
    freeRows -= row.networkRows();
    chosen.add(row);
    return true;
  }
}
