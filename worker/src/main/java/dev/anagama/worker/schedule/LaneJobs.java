package dev.anagama.worker.schedule;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The jobs of one lane. */
final class LaneJobs<J> {
  private final Lane lane;
  private final TreeSet<Standing<J>> jobs = new TreeSet<>(Standing.BY_URGENCY);
  private long lastStep;

  /**
   * No job is there yet.
   *
   * @param lastStep the number of the step that counts as its last one
   */
  LaneJobs(Lane lane, long lastStep) {
    this.lane = lane;
    this.lastStep = lastStep;
  }

  Lane lane() {
    return lane;
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
   * The rows of the lane's next step.
   *
   * @param overdue those of its jobs whose turn it is, longest waiting first
   * @param newJobs whether jobs may begin
   */
  List<ChosenRow<J>> choose(Set<Standing<J>> overdue, boolean newJobs) {
    int rowLimit = lane.rowLimit();
    int keptBack = Math.max(1, rowLimit / Roster.KEPT_BACK_PART);
    int places = Roster.PLACES_PER_ROW * rowLimit;
    RowFill<J> fill = new RowFill<>(rowLimit, jobs.stream().mapToInt(Standing::begunRows).sum());
    for (Standing<J> job : overdue) {
      fill.offer(List.of(job), places, newJobs);
    }
    List<Standing<J>> equals = new ArrayList<>();
    for (Standing<J> job : jobs) {
      if (fill.full()) {
        return fill.chosen();
      }
      if (overdue.contains(job)) {
        continue;
      }
      if (!equals.isEmpty() && !equals.get(0).urgency().equals(job.urgency())) {
        fill.offer(equals, places - keptBack, newJobs);
        equals.clear();
      }
      equals.add(job);
    }
    fill.offer(equals, places - keptBack, newJobs);
    return fill.chosen();
  }
}
