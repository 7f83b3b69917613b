package dev.anagama.worker.schedule;

import static java.util.stream.Collectors.toCollection;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The jobs on one device, and the decision which of their rows take the next step. The same calls
 * give the same answers: there is no clock, no chance and no thread in here.
 *
 * <p><b>Order.</b> Nearest deadline first, jobs without one after them; then priority; then <i>fair
 * time</i>: arrival plus {@value #WAIT_PER_WORK} times what the job's work takes. Jobs that arrive
 * together wait in proportion to their length, a short one passes a long one that came a little
 * earlier, and no job is passed by what arrives after its fair time. A step is of one {@link
 * RowPool}: that of the nearest deadline, then of the best priority. Pools that are equal in these
 * take turns, whatever their fair times are.
 *
 * <p><b>Two limits, one number.</b> A step has {@link RowPool#rowLimit} network rows at most. Rows
 * that rest, because more urgent ones have taken their place in the step, keep their z; a row
 * begins only while fewer than {@value #PLACES_PER_ROW} for each row of the limit hold one.
 *
 * <p><b>Nobody starves.</b> A job with a deadline ends at the deadline. A job without one is
 * <i>overdue</i> when it has waited for {@link #PATIENCE_NANOS}, and every {@value #TURN_EVERY}th
 * step is the turn of overdue jobs, by arrival: it is of the oldest one's pool, and its rows come
 * first. A part of the places, one in {@value #KEPT_BACK_PART} rows of the limit, is kept back for
 * rows that begin in a turn. So in a turn the oldest overdue job of a pool steps; or it can not
 * begin, because rows hold all places, and then some of these began in a turn, are overdue, and
 * step instead. They take a bounded number of steps, no younger job comes before the oldest, and
 * every job becomes the oldest in the end.
 *
 * <p><b>Use.</b> {@link #arrive}, then {@link #plan} when the job's pool is known; {@link #choose},
 * run the forward pass, {@link #stepped}. After a pass that failed nothing has changed: choose
 * again after {@link RowPool#halveLimit}, or {@link #remove} its jobs.
 *
 * @param <J> a job, by {@code equals}; of no meaning here
 */
public final class Roster<J> {
  /** How long a job without a deadline waits before it is overdue. */
  public static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** Every so many steps there is a turn of overdue jobs. */
  public static final int TURN_EVERY = 4;

  /** Rows that may hold a z for each network row of the limit. */
  public static final int PLACES_PER_ROW = 4;

  /** How many times its own work a job may wait before younger, shorter jobs stop to pass it. */
  public static final int WAIT_PER_WORK = 8;

  /** Of so many rows of the limit, one place is kept back for overdue jobs. */
  public static final int KEPT_BACK_PART = 4;

  private static final Comparator<PoolJobs<?>> LONGEST_RESTED =
      Comparator.comparingLong(PoolJobs::lastStep);

  private final Map<J, Standing<J>> standings = new LinkedHashMap<>();
  private final Map<RowPool, PoolJobs<J>> pools = new LinkedHashMap<>();
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
    standing.requireNotBegun();
    leavePool(standing, standing.demand());
    standing.demand(demand);
    if (demand != null) {
      // A pool that comes up anew is as if it had just stepped, or a stream of short jobs would
      // pass all others.
      pools.computeIfAbsent(demand.pool(), pool -> new PoolJobs<>(pool, steps - 1)).add(standing);
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
    leavePool(standing, standing.demand());
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

  /**
   * The rows that take the next step. Changes nothing.
   *
   * @param newJobs whether jobs may begin; if not, only those that have begun go on
   * @return empty if no row can take a step
   */
  public Optional<Choice<J>> choose(long nowNanos, boolean newJobs) {
    boolean due = stepsSinceTurn >= TURN_EVERY - 1;
    List<Standing<J>> overdue = due ? overdue(nowNanos, newJobs) : List.of();
    PoolJobs<J> pool = overdue.isEmpty() ? mostUrgent(newJobs) : poolOf(overdue.get(0));
    if (pool == null) {
      return Optional.empty();
    }
    Set<Standing<J>> theirs =
        overdue.stream()
            .filter(job -> poolOf(job) == pool)
            .collect(toCollection(LinkedHashSet::new));
    List<ChosenRow<J>> rows = pool.choose(theirs, newJobs);
    return Optional.of(new Choice<>(pool.pool(), rows, !overdue.isEmpty()));
  }

  /**
   * The rows have taken their step.
   *
   * @param choice as {@link #choose} gave it; jobs may have been removed since
   * @param stepNanos how long the step took; from it follows what work costs in this pool
   * @throws IllegalStateException if a row of it has moved on since
   */
  public Stepped<J> stepped(Choice<J> choice, long stepNanos) {
    choice.pool().stepped(choice.networkRows(), stepNanos);
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
    PoolJobs<J> pool = pools.get(choice.pool());
    if (pool != null) {
      pool.stepped(steps);
    }
    steps++;
    finishedJobs.forEach(this::remove);
    return new Stepped<>(finishedRows, finishedJobs);
  }

  private List<Standing<J>> overdue(long nowNanos, boolean newJobs) {
    return standings.values().stream()
        .filter(job -> job.overdue(nowNanos, PATIENCE_NANOS) && PoolJobs.canStep(job, newJobs))
        .toList();
  }

  private @Nullable PoolJobs<J> mostUrgent(boolean newJobs) {
    @Nullable PoolJobs<J> first = null;
    @Nullable Urgency firstUrgency = null;
    for (PoolJobs<J> pool : pools.values()) {
      Urgency urgency = pool.urgency(newJobs);
      if (urgency == null) {
        continue;
      }
      int order =
          first == null || firstUrgency == null
              ? -1
              : Urgency.MOST_URGENT_FIRST.compare(urgency, firstUrgency);
      if (order < 0 || (order == 0 && first != null && LONGEST_RESTED.compare(pool, first) < 0)) {
        first = pool;
        firstUrgency = urgency;
      }
    }
    return first;
  }

  private @Nullable PoolJobs<J> poolOf(Standing<J> job) {
    Demand demand = job.demand();
    return demand == null ? null : pools.get(demand.pool());
  }

  private void leavePool(Standing<J> standing, @Nullable Demand demand) {
    PoolJobs<J> pool = demand == null ? null : pools.get(demand.pool());
    if (pool != null) {
      pool.remove(standing);
      if (pool.isEmpty()) {
        pools.remove(pool.pool());
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
