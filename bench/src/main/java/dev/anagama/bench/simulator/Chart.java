package dev.anagama.bench.simulator;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * A chart of lines as SVG, for a page that defines the colours.
 *
 * @param curves at most {@value #MAX_CURVES}
 * @param limit a value of the vertical axis to draw across, with its name
 */
record Chart(
    String title, Axis horizontal, Axis vertical, List<Curve> curves, OptionalDouble limit) {
  /** Colours that there are. */
  static final int MAX_CURVES = 6;

  private static final int WIDTH = 520;
  private static final int HEIGHT = 330;
  private static final int LEFT = 62;
  private static final int RIGHT = 14;
  private static final int TOP = 58;
  private static final int BOTTOM = 46;
  private static final double THIN = 2;
  private static final double THICKER = 1.6;
  private static final int LEGEND_LINE = 20;
  private static final double LETTER = 6.6;

  /** One line. */
  record Curve(String name, List<Spot> spots) {
    Curve {
      spots = List.copyOf(spots);
    }
  }

  /** One of its points. */
  record Spot(double x, double y) {}

  Chart {
    curves = List.copyOf(curves);
    if (curves.size() > MAX_CURVES) {
      throw new IllegalArgumentException(
          "%d curves; allowed: up to %d".formatted(curves.size(), MAX_CURVES));
    }
  }

  /** An {@code svg} element. */
  String svg() {
    StringBuilder svg = new StringBuilder(8192);
    add(
        svg,
        "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n",
        WIDTH,
        HEIGHT,
        Html.escape(title));
    add(svg, "<text class=\"title\" x=\"%d\" y=\"18\">%s</text>\n", LEFT, Html.escape(title));
    legend(svg);
    horizontalAxis(svg);
    verticalAxis(svg);
    limit.ifPresent(
        value ->
            add(
                svg,
                "<line class=\"limit\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%2$.1f\"/>\n",
                LEFT,
                y(value),
                WIDTH - RIGHT));
    for (int i = 0; i < curves.size(); i++) {
      curve(svg, i);
    }
    return svg.append("</svg>\n").toString();
  }

  private void legend(StringBuilder svg) {
    double x = LEFT;
    for (int i = 0; i < curves.size(); i++) {
      String name = curves.get(i).name();
      add(
          svg,
          "<line class=\"c%d\" stroke-width=\"%.1f\" x1=\"%.1f\" y1=\"37\" x2=\"%.1f\" y2=\"37\"/>",
          i,
          strokeWidth(i),
          x,
          x + LEGEND_LINE);
      x += LEGEND_LINE + 5;
      add(svg, "<text x=\"%.1f\" y=\"41\">%s</text>\n", x, Html.escape(name));
      x += name.length() * LETTER + 12;
    }
  }

  private void horizontalAxis(StringBuilder svg) {
    int bottom = HEIGHT - BOTTOM;
    for (double tick : horizontal.ticks()) {
      add(
          svg,
          "<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" x2=\"%1$.1f\" y2=\"%d\"/>"
              + "<text class=\"middle\" x=\"%1$.1f\" y=\"%d\">%s</text>\n",
          x(tick),
          TOP,
          bottom,
          bottom + 16,
          Axis.label(tick));
    }
    add(
        svg,
        "<text class=\"middle\" x=\"%d\" y=\"%d\">%s</text>\n",
        (LEFT + WIDTH - RIGHT) / 2,
        HEIGHT - 8,
        Html.escape(horizontal.title()));
  }

  private void verticalAxis(StringBuilder svg) {
    for (double tick : vertical.ticks()) {
      add(
          svg,
          "<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%2$.1f\"/>"
              + "<text class=\"end\" x=\"%d\" y=\"%.1f\">%s</text>\n",
          LEFT,
          y(tick),
          WIDTH - RIGHT,
          LEFT - 6,
          y(tick) + 4,
          Axis.label(tick));
    }
    int middle = (TOP + HEIGHT - BOTTOM) / 2;
    add(
        svg,
        "<text class=\"middle\" transform=\"translate(14 %d) rotate(-90)\">%s</text>\n",
        middle,
        Html.escape(vertical.title()));
  }

  private void curve(StringBuilder svg, int index) {
    List<Spot> spots = curves.get(index).spots();
    if (spots.isEmpty()) {
      return;
    }
    StringBuilder points = new StringBuilder();
    for (Spot spot : spots) {
      add(points, "%.1f,%.1f ", x(spot.x()), y(spot.y()));
    }
    add(
        svg,
        "<polyline class=\"c%d\" stroke-width=\"%.1f\" points=\"%s\"/>\n",
        index,
        strokeWidth(index),
        points.toString().strip());
    for (Spot spot : spots) {
      add(
          svg,
          "<circle class=\"c%d\" r=\"%.1f\" cx=\"%.1f\" cy=\"%.1f\"><title>%s: %.3g, %.3g</title>"
              + "</circle>\n",
          index,
          strokeWidth(index) / 2 + 1,
          x(spot.x()),
          y(spot.y()),
          Html.escape(curves.get(index).name()),
          spot.x(),
          spot.y());
    }
  }

  /** Lower lines are wider, so that those that lie on one another are all seen. */
  private double strokeWidth(int index) {
    return curves.size() <= 3 ? THIN : THIN + (curves.size() - 1 - index) * THICKER;
  }

  private double x(double value) {
    return LEFT + horizontal.position(value) * (WIDTH - LEFT - RIGHT);
  }

  private double y(double value) {
    return HEIGHT - BOTTOM - vertical.position(value) * (HEIGHT - TOP - BOTTOM);
  }

  private static void add(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values));
  }
}
