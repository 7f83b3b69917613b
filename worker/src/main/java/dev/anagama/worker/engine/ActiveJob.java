package dev.anagama.worker.engine;

import dev.anagama.worker.publish.FinishedJob;
import dev.anagama.worker.publish.TakenJob;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A job in the engine, waiting or running. Touched by the engine's thread alone. */
final class ActiveJob {
  private final TakenJob taken;
  private final int priority;
  private final long arrivedNanos;
  private @Nullable JobPlan plan;
  private @Nullable Instant startedAt;
  private long reportedNanos;

  /** Rows that were chosen for a step at least once, by image: images begin in their order. */
  private final List<Row> rows = new ArrayList<>();

  private float[][] images = new float[0][];
  private int imagesDone;

  ActiveJob(TakenJob taken, int priority, long arrivedNanos) {
    this.taken = taken;
    this.priority = priority;
    this.arrivedNanos = arrivedNanos;
  }

  TakenJob taken() {
    return taken;
  }

  /** Its class, as {@link dev.anagama.worker.schedule.Urgency#priority} counts. */
  int priority() {
    return priority;
  }

  /** When the engine first saw it, in this attempt. */
  long arrivedNanos() {
    return arrivedNanos;
  }

  /** What it asks; there once its model is served. */
  JobPlan plan() {
    return Objects.requireNonNull(plan, "the job has no plan yet");
  }

  /** Whether there is a plan. */
  boolean planned() {
    return plan != null;
  }

  /** Whether the plan is for this very version. */
  boolean plannedFor(ModelRun run) {
    return plan != null && plan.run() == run;
  }

  /** Plans it, again if its model has changed before it began, or takes the plan back. */
  void plan(@Nullable JobPlan newPlan) {
    if (begun()) {
      throw new IllegalStateException(taken + " has begun; its plan can not change");
    }
    plan = newPlan;
    images = newPlan == null ? new float[0][] : new float[newPlan.images()][];
  }

  /** Whether it was chosen for a step; from then on it stays with its version of the model. */
  boolean begun() {
    return startedAt != null;
  }

  /** Its first row takes its first step now. */
  void begin(Instant now) {
    startedAt = now;
  }

  /** The row of an image; it is made when it is first asked for. */
  Row row(int image) {
    if (image == rows.size()) {
      rows.add(new Row(this, plan(), image));
    }
    return rows.get(image);
  }

  /** A row of it is done. */
  void finish(Row row, float[] pixels) {
    row.end();
    images[row.image()] = pixels;
    imagesDone++;
  }

  /** The images, when they are all there. */
  FinishedJob.Generated generated(String worker) {
    return new FinishedJob.Generated(
        taken,
        Objects.requireNonNull(startedAt),
        plan().run().served().provenance(worker),
        plan().run().served().manifest().image(),
        List.of(images));
  }

  int imagesDone() {
    return imagesDone;
  }

  int stepsTotal() {
    return plan().group().steps().size();
  }

  /** Steps that the slowest image has taken. */
  int stepsDone() {
    return rows.size() < images.length
        ? 0
        : rows.stream().mapToInt(Row::stepsTaken).min().orElseThrow();
  }

  /** Whether it is time for another report; if so, the next one is due after {@code every}. */
  boolean reportDue(long nowNanos, long everyNanos) {
    if (nowNanos - reportedNanos < everyNanos) {
      return false;
    }
    reportedNanos = nowNanos;
    return true;
  }

  @Override
  public String toString() {
    return taken.toString();
  }
}
