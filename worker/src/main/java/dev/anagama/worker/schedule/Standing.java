package dev.anagama.worker.schedule;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Where one job stands. Its images begin in their order, so those that have not are a number. */
final class Standing<J> {
  /** Oldest first. */
  static final Comparator<Standing<?>> BY_ARRIVAL = Comparator.comparingLong(s -> s.arrival);

  /** Nearest deadline, then priority, then arrival. */
  static final Comparator<Standing<?>> BY_URGENCY =
      Comparator.<Standing<?>, Urgency>comparing(Standing::urgency, Urgency.MOST_URGENT_FIRST)
          .thenComparing(BY_ARRIVAL);

  private final J job;
  private final Urgency urgency;
  private final long arrival;
  private final long arrivedNanos;
  private @Nullable Demand demand;

  /** Rows that have begun and are not done, by image. */
  private final List<BegunRow> begunRows = new ArrayList<>();

  private int imagesBegun;

  private static final class BegunRow {
    private final int image;
    private int stepsTaken;

    BegunRow(int image) {
      this.image = image;
    }
  }

  Standing(J job, Urgency urgency, long arrival, long arrivedNanos) {
    this.job = job;
    this.urgency = urgency;
    this.arrival = arrival;
    this.arrivedNanos = arrivedNanos;
  }

  J job() {
    return job;
  }

  Urgency urgency() {
    return urgency;
  }

  @Nullable Demand demand() {
    return demand;
  }

  void demand(@Nullable Demand newDemand) {
    if (begun()) {
      throw new IllegalStateException(job + " has begun; what it asks can not change");
    }
    demand = newDemand;
  }

  /** Whether a row of it has taken a step. */
  boolean begun() {
    return imagesBegun > 0;
  }

  /** Rows that have begun and are not done. */
  int begunRows() {
    return begunRows.size();
  }

  /** The step that a row which has begun takes next. */
  ChosenRow<J> begunRow(int index) {
    BegunRow row = begunRows.get(index);
    return step(row.image, row.stepsTaken);
  }

  /** Rows that have not begun. */
  int freshRows() {
    return demand == null ? 0 : demand.images() - imagesBegun;
  }

  /** The first step of a row that has not begun. */
  ChosenRow<J> freshRow(int index) {
    return step(imagesBegun + index, 0);
  }

  /** Whether it has no deadline and has waited for longer than that. */
  boolean overdue(long nowNanos, long patienceNanos) {
    return urgency.deadlineNanos().isEmpty() && nowNanos - arrivedNanos >= patienceNanos;
  }

  boolean expired(long nowNanos) {
    return urgency.deadlineNanos().isPresent() && nowNanos >= urgency.deadlineNanos().getAsLong();
  }

  /**
   * A row has taken a step.
   *
   * @return whether it was the last one
   * @throws IllegalStateException if that was not the row's next step
   */
  boolean stepped(ChosenRow<J> row) {
    BegunRow at = begunRowOf(row.image());
    if (at.stepsTaken != row.step()) {
      throw new IllegalStateException("%s is not at that step".formatted(row));
    }
    at.stepsTaken++;
    return at.stepsTaken == Objects.requireNonNull(demand).steps() && begunRows.remove(at);
  }

  private BegunRow begunRowOf(int image) {
    if (image == imagesBegun && freshRows() > 0) {
      BegunRow fresh = new BegunRow(image);
      begunRows.add(fresh);
      imagesBegun++;
      return fresh;
    }
    for (BegunRow row : begunRows) {
      if (row.image == image) {
        return row;
      }
    }
    throw new IllegalStateException("image %d of %s does not run".formatted(image, job));
  }

  private ChosenRow<J> step(int image, int step) {
    int cost = Objects.requireNonNull(demand).networkRows().applyAsInt(step);
    if (cost < 1 || cost > Demand.MAX_NETWORK_ROWS) {
      throw new IllegalStateException("step %d of %s costs %d".formatted(step, job, cost));
    }
    return new ChosenRow<>(job, image, step, cost);
  }
}
