package dev.anagama.worker.control;

import dev.anagama.worker.schedule.ForwardProfile;
import dev.anagama.worker.schedule.ForwardProfile.Point;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Measures forward passes over more and more rows, until more rows gain nothing, memory is short or
 * the time is used up.
 *
 * <p>Of several passes over as many rows the fastest counts: what else a machine does only ever
 * makes a pass slower. A fastest pass that was not nearly reached a second time was luck between
 * disturbances, and what was measured says little.
 */
final class Calibration {
  /** Longest that one layout is measured; the pass at hand is finished. */
  static final long BUDGET_NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);

  private static final int PASSES = 7;

  /** Of the budget, for passes over as many rows. */
  private static final double SHARE = 0.2;

  /** Doublings without a gain, until no more is expected. */
  private static final int FLAT = 2;

  /** Second fastest over fastest pass, from which on the machine counts as disturbed. */
  private static final double UNSTEADY = 1.1;

  private final Pass pass;
  private final LongSupplier nanoTime;
  private boolean steady = true;

  /**
   * What was found.
   *
   * @param steady whether the fastest pass over so many rows was nearly reached by another, for all
   *     numbers of rows
   */
  record Measured(ForwardProfile profile, boolean steady) {}

  /** A forward pass that has ended when this returns. */
  interface Pass {
    /**
     * Runs it.
     *
     * @throws RuntimeException if it fails, for want of memory for example
     */
    void run(int rows);
  }

  Calibration(Pass pass, LongSupplier nanoTime) {
    this.pass = pass;
    this.nanoTime = nanoTime;
  }

  /**
   * Measures.
   *
   * @param lanes of the layout that {@code pass} has
   * @param maxRows most rows in a pass
   * @throws RuntimeException if not even one row passes
   */
  Measured measure(int lanes, int maxRows) {
    long endNanos = nanoTime.getAsLong() + BUDGET_NANOS;
    List<Point> points = new ArrayList<>();
    double best = 0;
    int flat = 0;
    for (int rows = 1;
        rows <= maxRows && flat < FLAT;
        rows = rows == 1 ? Math.max(2, lanes) : 2 * rows) {
      if (!points.isEmpty() && expectedNanos(points, rows) > endNanos - nanoTime.getAsLong()) {
        break;
      }
      Point point;
      try {
        point = new Point(rows, seconds(rows));
      } catch (RuntimeException e) {
        if (points.isEmpty()) {
          throw e;
        }
        // Out of memory, most likely; and if not, then what it takes to fail is not to be served.
        break;
      }
      points.add(point);
      flat = point.rowsPerSecond() > (1 + ForwardProfile.GIVEN_UP) * best ? 0 : flat + 1;
      best = Math.max(best, point.rowsPerSecond());
    }
    return new Measured(new ForwardProfile(lanes, points), steady);
  }

  /** Of one pass that is not counted and one that is, if a row costs what it did before. */
  private static double expectedNanos(List<Point> points, int rows) {
    Point last = points.get(points.size() - 1);
    return 2 * last.seconds() * rows / last.rows() * TimeUnit.SECONDS.toNanos(1);
  }

  private double seconds(int rows) {
    // PyTorch chooses kernels and finds memory for a shape when it first meets it.
    pass.run(rows);
    long startNanos = nanoTime.getAsLong();
    long[] nanos = new long[PASSES];
    int passes = 0;
    long beforeNanos = startNanos;
    while (passes < PASSES && (passes == 0 || beforeNanos - startNanos < SHARE * BUDGET_NANOS)) {
      pass.run(rows);
      long afterNanos = nanoTime.getAsLong();
      nanos[passes++] = afterNanos - beforeNanos;
      beforeNanos = afterNanos;
    }
    long[] taken = Arrays.copyOf(nanos, passes);
    Arrays.sort(taken);
    long fastestNanos = Math.max(1, taken[0]);
    steady &= passes == 1 || taken[1] <= UNSTEADY * fastestNanos;
    return fastestNanos / (double) TimeUnit.SECONDS.toNanos(1);
  }
}
