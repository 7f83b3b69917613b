package dev.anagama.trainer.training;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Mean loss over consecutive spans of images. The last span of a sitting may be shorter, and the
 * first of the next one counts only what it has seen itself.
 */
public final class LossHistory {
  /** Images in a span. */
  public static final long SPAN_IMAGES = 6_400;

  private final List<Point> points;
  private double sum;
  private long count;

  /**
   * One span.
   *
   * @param imagesSeen at its end
   * @param loss mean over its steps
   */
  public record Point(long imagesSeen, double loss) {}

  LossHistory(List<Point> points) {
    this.points = new ArrayList<>(points);
  }

  /** The finished spans, in order. */
  public List<Point> points() {
    return List.copyOf(points);
  }

  void add(long imagesSeen, double loss) {
    sum += loss;
    count++;
    long spanEnd = points.isEmpty() ? 0 : points.get(points.size() - 1).imagesSeen();
    if (imagesSeen - spanEnd >= SPAN_IMAGES) {
      endSpan(imagesSeen);
    }
  }

  /** Finishes the span that is under way, if any: nothing will come for a while. */
  void endSpan(long imagesSeen) {
    if (count > 0) {
      points.add(new Point(imagesSeen, sum / count));
      sum = 0;
      count = 0;
    }
  }

  /** As text: {@code images:loss} pairs with commas between. */
  String encode() {
    return points.stream()
        .map(point -> point.imagesSeen() + ":" + point.loss())
        .collect(Collectors.joining(","));
  }

  /**
   * The inverse of {@link #encode}.
   *
   * @throws NumberFormatException if the text is not of that form
   */
  static LossHistory decode(String text) {
    List<Point> points = new ArrayList<>();
    for (String pair : text.isEmpty() ? new String[0] : text.split(",", -1)) {
      String[] parts = pair.split(":", -1);
      if (parts.length != 2) {
        throw new NumberFormatException("the losses hold '%s'".formatted(pair));
      }
      points.add(new Point(Long.parseLong(parts[0]), Double.parseDouble(parts[1])));
    }
    return new LossHistory(points);
  }
}
