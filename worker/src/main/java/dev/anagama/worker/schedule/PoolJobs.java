package dev.anagama.worker.schedule;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The jobs of one pool. */
final class PoolJobs<J> {
  private final RowPool pool;
  private final TreeSet<Standing<J>> jobs = new TreeSet<>(Standing.BY_URGENCY);
  private long lastStep;

  /**
   * No job is there yet.
   *
   * @param lastStep the number of the step that counts as its last one
   */
  PoolJobs(RowPool pool, long lastStep) {
    this.pool = pool;
    this.lastStep = lastStep;
  }

  RowPool pool() {
    return pool;
  }

  void add(Standing<J> job) {
    jobs.add(job);
  }

  void remove(Standing<J> job) {
    jobs.remove(job);
  }

  boolean isEmpty() {
    return jobs.isEmpty();
  }

  /** The number of its last step. */
  long lastStep() {
    return lastStep;
  }

  void stepped(long step) {
    lastStep = step;
  }

  /** The urgency of the job that is first among those that can take a step, if one can. */
  @Nullable Urgency urgency(boolean newJobs) {
    for (Standing<J> job : jobs) {
      if (canStep(job, newJobs)) {
        return job.urgency();
      }
    }
    return null;
  }

  static boolean canStep(Standing<?> job, boolean newJobs) {
    return job.begunRows() > 0 || (job.freshRows() > 0 && (newJobs || job.begun()));
  }

  /**
   * The rows of the pool's next step.
   *
   * @param overdue those of its jobs whose turn it is, longest waiting first
   * @param newJobs whether jobs may begin
   */
  List<ChosenRow<J>> choose(Set<Standing<J>> overdue, boolean newJobs) {
    int rowLimit = pool.rowLimit();
    int keptBack = Math.max(1, rowLimit / Roster.KEPT_BACK_PART);
    int places = Roster.PLACES_PER_ROW * rowLimit;
    RowFill<J> fill = new RowFill<>(rowLimit, jobs.stream().mapToInt(Standing::begunRows).sum());
    for (Standing<J> job : overdue) {
      fill.offer(job, places, newJobs);
    }
    for (Standing<J> job : jobs) {
      if (fill.full()) {
        break;
      }
      if (!overdue.contains(job)) {
        fill.offer(job, places - keptBack, newJobs);
      }
    }
    return fill.chosen();
  }
}
