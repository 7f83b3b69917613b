package dev.anagama.worker.schedule;

import java.util.List;

/**
 * What one forward pass of a network costs on a device, by its rows. Measured when a checkpoint is
 * loaded; the row limit follows from it, and a simulator runs on it.
 *
 * @param lanes 1 for one pass over all processor threads; otherwise rows are split into this many
 *     chunks that run side by side, each on its even share of the threads
 * @param points at least one, by rows
 */
public record ForwardProfile(int lanes, List<Point> points) {
  /**
   * A row limit may cost this share of the best throughput. A longer step only delays the jobs that
   * wait for its end.
   */
  public static final double GIVEN_UP = 0.03;

  /**
   * What a step takes beside its pass, as measured on the machine of docs/performance.md. Steps of
   * few rows pay it more often for as many images.
   */
  public static final int STEP_MICROS = 550;

  /**
   * One measurement.
   *
   * @param rows at least 1
   * @param seconds of one pass over that many rows, above 0
   */
  public record Point(int rows, double seconds) {
    /** Checks the ranges. */
    public Point {
      if (rows < 1 || !(seconds > 0) || !Double.isFinite(seconds)) {
        throw new IllegalArgumentException(
            "a point is %d rows in %s s; allowed: at least 1 row in more than 0 s"
                .formatted(rows, seconds));
      }
    }

    /** Throughput of passes over that many rows. */
    public double rowsPerSecond() {
      return rows / seconds;
    }
  }

  /** Checks that there are lanes, and points in their order. */
  public ForwardProfile {
    points = List.copyOf(points);
    if (lanes < 1 || points.isEmpty()) {
      throw new IllegalArgumentException(
          "a profile has %d lanes and %d points; allowed: at least 1 of each"
              .formatted(lanes, points.size()));
    }
    for (int i = 1; i < points.size(); i++) {
      if (points.get(i).rows() <= points.get(i - 1).rows()) {
        throw new IllegalArgumentException("points are %s; allowed: by rows".formatted(points));
      }
    }
  }

  /**
   * Time of one pass: what was measured, straight lines in between, and the throughput of the
   * nearest point beyond both ends.
   *
   * @param rows at least 1
   */
  public double seconds(int rows) {
    if (rows < 1) {
      throw new IllegalArgumentException("rows is %d; allowed: at least 1".formatted(rows));
    }
    Point before = points.get(0);
    if (rows <= before.rows()) {
      return before.seconds() * rows / before.rows();
    }
    for (Point next : points.subList(1, points.size())) {
      if (rows <= next.rows()) {
        double share = (double) (rows - before.rows()) / (next.rows() - before.rows());
        return before.seconds() + share * (next.seconds() - before.seconds());
      }
      before = next;
    }
    return before.seconds() * rows / before.rows();
  }

  /** Best throughput of all points. */
  public double rowsPerSecond() {
    return points.stream().mapToDouble(Point::rowsPerSecond).max().orElseThrow();
  }

  /**
   * The fewest measured rows whose steps have a throughput within {@link #GIVEN_UP} of the best, at
   * least {@value RowPool#MIN_ROW_LIMIT}.
   */
  public int rowLimit() {
    double best =
        points.stream().mapToDouble(ForwardProfile::steppedRowsPerSecond).max().orElseThrow();
    return points.stream()
        .filter(point -> steppedRowsPerSecond(point) >= (1 - GIVEN_UP) * best)
        .mapToInt(point -> Math.max(RowPool.MIN_ROW_LIMIT, point.rows()))
        .findFirst()
        .orElseThrow();
  }

  private static double steppedRowsPerSecond(Point point) {
    return point.rows() / (point.seconds() + STEP_MICROS * 1e-6);
  }
}
