package dev.anagama.worker.schedule;

import static java.util.stream.Collectors.toCollection;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The jobs on one device, and the decision which of their rows take the next step. The same calls
 * give the same answers: there is no clock, no chance and no thread in here.
 *
 * <p><b>Order.</b> Nearest deadline first, jobs without one after them; then priority; then
 * arrival. Among jobs of one deadline and priority, rows that have begun come before those that have
 * not, so that none idles while a fresh one starts. A step is of one {@link Lane}: that of the most
 * urgent row; of lanes that are equal in this, the one that has not stepped for longest.
 *
 * <p><b>Two limits, one number.</b> A step has {@link Lane#rowLimit} network rows at most. Rows that
 * rest, because more urgent ones have taken their place in the step, keep their z; no more than
 * {@value #PLACES_PER_ROW} rows for each row of the limit hold one.
 *
 * <p><b>Nobody starves.</b> A job with a deadline ends at the deadline. A job without one is
 * <i>overdue</i> when it has waited for {@link #PATIENCE_NANOS}, and every {@value #TURN_EVERY}th
 * step is the turn of overdue jobs, by arrival: it is of the oldest one's lane, and its rows come
 * first. A part of the places, one in {@value #KEPT_BACK_PART} rows of the limit, is kept back for
 * rows that begin in a turn. So in a turn the oldest overdue job of a lane steps; or it can not
 * begin, because rows hold all places, and then some of these began in a turn, are overdue, and step
 * instead. They take a bounded number of steps, no younger job comes before the oldest, and every
 * job becomes the oldest in the end.
 *
 * <p><b>Use.</b> {@link #arrive}, then {@link #plan} when the job's lane is known; {@link #choose},
 * run the forward pass, {@link #stepped}. After a pass that failed nothing has changed: choose again
 * after {@link Lane#halveLimit}, or {@link #remove} its jobs.
 *
 * @param <J> a job, by {@code equals}; of no meaning here
 */
public final class Roster<J> {
  /** How long a job without a deadline waits before it is overdue. */
  public static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** Every so many steps there is a turn of overdue jobs. */
  public static final int TURN_EVERY = 4;

  /** Rows that may hold a z for each network row of the limit. */
  public static final int PLACES_PER_ROW = 2;

  /** Of so many rows of the limit, one place is kept back for overdue jobs. */
  public static final int KEPT_BACK_PART = 4;

  private static final Comparator<LaneJobs<?>> LONGEST_RESTED =
      Comparator.comparingLong(LaneJobs::lastStep);

  private final Map<J, Standing<J>> standings = new LinkedHashMap<>();
  private final Map<Lane, LaneJobs<J>> lanes = new LinkedHashMap<>();
  private long arrivals;
  private long steps;
  private int stepsSinceTurn;

  /**
   * A job is there. It takes no step before it is planned.
   *
   * @throws IllegalStateException if it is there already
   */
  public void arrive(J job, Urgency urgency, long nowNanos) {
    Standing<J> standing = new Standing<>(job, urgency, arrivals++, nowNanos);
    if (standings.putIfAbsent(job, standing) != null) {
      throw new IllegalStateException(job + " is here already");
    }
  }

  /**
   * Says what a job asks, or takes it back.
   *
   * @param demand null if its rows can not step for now
   * @throws IllegalStateException if a row of it has begun, or the job is not here
   */
  public void plan(J job, @Nullable Demand demand) {
    Standing<J> standing = standing(job);
    Demand before = standing.demand();
    standing.demand(demand);
    leaveLane(standing, before);
    if (demand != null) {
      // A lane that comes up anew is as if it had just stepped, or a stream of short jobs would
      // pass
      // all others.
      lanes.computeIfAbsent(demand.lane(), lane -> new LaneJobs<>(lane, steps - 1)).add(standing);
    }
  }

  /**
   * A job is cancelled, or of no concern here any more; so are its rows.
   *
   * @return whether it was here
   */
  public boolean remove(J job) {
    Standing<J> standing = standings.remove(job);
    if (standing == null) {
      return false;
    }
    leaveLane(standing, standing.demand());
    return true;
  }

  /** Removes jobs whose deadline has come and gives them back, oldest first. */
  public List<J> expire(long nowNanos) {
    List<J> expired = new ArrayList<>();
    for (Standing<J> standing : standings.values()) {
      if (standing.expired(nowNanos)) {
        expired.add(standing.job());
      }
    }
    expired.forEach(this::remove);
    return expired;
  }

  /** Jobs that are here. */
  public int size() {
    return standings.size();
  }

  /** Whether a row of a job has taken a step. */
  public boolean begun(J job) {
    return standing(job).begun();
  }

  /** The nearest deadline of any job. */
  public OptionalLong nearestDeadlineNanos() {
    return standings.values().stream()
        .map(Standing::urgency)
        .flatMapToLong(urgency -> urgency.deadlineNanos().stream())
        .min();
  }

  /**
   * The rows that take the next step. Changes nothing.
   *
   * @param newJobs whether jobs may begin; if not, only those that have begun go on
   * @return empty if no row can take a step
   */
  public Optional<Choice<J>> choose(long nowNanos, boolean newJobs) {
    boolean due = stepsSinceTurn >= TURN_EVERY - 1;
    List<Standing<J>> overdue = due ? overdue(nowNanos, newJobs) : List.of();
    LaneJobs<J> lane = overdue.isEmpty() ? mostUrgent(newJobs) : laneOf(overdue.get(0));
    if (lane == null) {
      return Optional.empty();
    }
    Set<Standing<J>> theirs =
        overdue.stream()
            .filter(job -> laneOf(job) == lane)
            .collect(toCollection(LinkedHashSet::new));
    List<ChosenRow<J>> rows = lane.choose(theirs, newJobs);
    return Optional.of(new Choice<>(lane.lane(), rows, !overdue.isEmpty()));
  }

  /**
   * The rows have taken their step.
   *
   * @param choice as {@link #choose} gave it; jobs may have been removed since
   * @throws IllegalStateException if a row of it has moved on since
   */
  public Stepped<J> stepped(Choice<J> choice) {
    List<ChosenRow<J>> finishedRows = new ArrayList<>();
    List<J> finishedJobs = new ArrayList<>();
    for (ChosenRow<J> row : choice.rows()) {
      Standing<J> standing = standings.get(row.job());
      if (standing != null && standing.stepped(row)) {
        finishedRows.add(row);
        if (standing.begunRows() == 0 && standing.freshRows() == 0) {
          finishedJobs.add(row.job());
        }
      }
    }
    stepsSinceTurn = choice.turn() ? 0 : Math.min(stepsSinceTurn + 1, TURN_EVERY);
    LaneJobs<J> lane = lanes.get(choice.lane());
    if (lane != null) {
      lane.stepped(steps);
    }
    steps++;
    finishedJobs.forEach(this::remove);
    return new Stepped<>(finishedRows, finishedJobs);
  }

  private List<Standing<J>> overdue(long nowNanos, boolean newJobs) {
    return standings.values().stream()
        .filter(job -> job.overdue(nowNanos, PATIENCE_NANOS) && LaneJobs.canStep(job, newJobs))
        .toList();
  }

  private @Nullable LaneJobs<J> mostUrgent(boolean newJobs) {
    @Nullable LaneJobs<J> first = null;
    @Nullable Urgency firstUrgency = null;
    for (LaneJobs<J> lane : lanes.values()) {
      Urgency urgency = lane.urgency(newJobs);
      if (urgency == null) {
        continue;
      }
      int order =
          first == null || firstUrgency == null
              ? -1
              : Urgency.MOST_URGENT_FIRST.compare(urgency, firstUrgency);
      if (order < 0 || (order == 0 && first != null && LONGEST_RESTED.compare(lane, first) < 0)) {
        first = lane;
        firstUrgency = urgency;
      }
    }
    return first;
  }

  private @Nullable LaneJobs<J> laneOf(Standing<J> job) {
    Demand demand = job.demand();
    return demand == null ? null : lanes.get(demand.lane());
  }

  private void leaveLane(Standing<J> standing, @Nullable Demand demand) {
    LaneJobs<J> lane = demand == null ? null : lanes.get(demand.lane());
    if (lane != null) {
      lane.remove(standing);
      if (lane.isEmpty()) {
        lanes.remove(lane.lane());
      }
    }
  }

  private Standing<J> standing(J job) {
    Standing<J> standing = standings.get(job);
    if (standing == null) {
      throw new IllegalStateException(job + " is not here");
    }
    return standing;
  }
}
