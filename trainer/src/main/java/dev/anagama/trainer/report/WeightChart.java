package dev.anagama.trainer.report;

import dev.anagama.diffusion.image.PngImages;
import java.awt.Color;
import java.util.Collections;
import java.util.List;
import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Two figures over the strength of guidance, or over each other along it. */
public final class WeightChart {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 520;
  private static final String DECIMALS = "0.###";

  /** How far above its point a label stands, of the range of the values. */
  private static final double LABEL_OFFSET = 0.04;

  private static final List<Color> COLOURS = List.of(new Color(0x1F5FA8), new Color(0xC2571A));

  private WeightChart() {}

  /**
   * A figure.
   *
   * @param name with which it is labelled
   * @param strengths w or temperatures, rising
   * @param values of the figure, as many
   * @param spreads their standard deviations over seeds, as many
   * @param real the figure of real images, drawn as a dashed line
   */
  public record Curve(
      String name,
      List<Double> strengths,
      List<Double> values,
      List<Double> spreads,
      double real) {}

  /**
   * The chart as PNG.
   *
   * @param across what the strengths are
   * @param left figure of the left axis
   * @param right figure of the right axis
   */
  public static byte[] png(String title, String across, Curve left, Curve right) {
    XYChart chart = chart(title, across, left.name());
    add(chart, left, 0, 0);
    add(chart, right, 1, 1);
    chart.setYAxisGroupTitle(1, right.name());
    chart.getStyler().setYAxisGroupPosition(1, Styler.YAxisPosition.Right);
    return PngImages.encode(BitmapEncoder.getBufferedImage(chart));
  }

  /** The same with one axis for both, where both are shares. */
  public static byte[] shares(String title, String across, Curve one, Curve other) {
    XYChart chart = chart(title, across, "share");
    add(chart, one, 0, 0);
    add(chart, other, 0, 1);
    return PngImages.encode(BitmapEncoder.getBufferedImage(chart));
  }

  /**
   * One figure over another along the strengths, which label the points: the paper's way to draw the
   * trade-off.
   */
  public static byte[] frontier(String title, Curve across, Curve up) {
    XYChart chart = chart(title, across.name(), up.name());
    XYSeries series = chart.addSeries("generated", doubles(across.values()), doubles(up.values()));
    paint(series, 0);
    double above = LABEL_OFFSET * (Collections.max(up.values()) - Collections.min(up.values()));
    for (int i = 0; i < up.strengths().size(); i++) {
      String label = up.strengths().get(i).toString();
      chart.addAnnotation(
          new AnnotationText(label, across.values().get(i), up.values().get(i) + above, false));
    }
    XYSeries real =
        chart.addSeries("real test images", new double[] {across.real()}, new double[] {up.real()});
    paint(real, 1);
    return PngImages.encode(BitmapEncoder.getBufferedImage(chart));
  }

  private static XYChart chart(String title, String across, String up) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle(across)
            .yAxisTitle(up)
            .theme(Styler.ChartTheme.Matlab)
            .build();
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideS);
    chart.getStyler().setLegendLayout(Styler.LegendLayout.Horizontal);
    chart.getStyler().setXAxisDecimalPattern(DECIMALS);
    chart.getStyler().setYAxisDecimalPattern(DECIMALS);
    return chart;
  }

  private static void add(XYChart chart, Curve curve, int axis, int colour) {
    XYSeries series =
        chart.addSeries(
            curve.name(),
            doubles(curve.strengths()),
            doubles(curve.values()),
            doubles(curve.spreads()));
    series.setYAxisGroup(axis);
    paint(series, colour);
    double[] ends = {Collections.min(curve.strengths()), Collections.max(curve.strengths())};
    XYSeries real =
        chart.addSeries(
            curve.name() + " of real images", ends, new double[] {curve.real(), curve.real()});
    real.setYAxisGroup(axis);
    paint(real, colour);
    real.setMarker(SeriesMarkers.NONE);
    real.setLineStyle(SeriesLines.DASH_DASH);
  }

  private static void paint(XYSeries series, int colour) {
    series.setLineColor(COLOURS.get(colour));
    series.setMarkerColor(COLOURS.get(colour));
    series.setMarker(colour == 0 ? SeriesMarkers.CIRCLE : SeriesMarkers.SQUARE);
  }

  private static double[] doubles(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
