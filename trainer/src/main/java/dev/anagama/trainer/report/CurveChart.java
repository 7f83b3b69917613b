package dev.anagama.trainer.report;

import dev.anagama.diffusion.image.PngImages;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Several curves in one picture, with their spread over seeds and what real images reach. Colours
 * are those of Okabe and Ito, which people tell apart however they see colours; markers differ too.
 */
public final class CurveChart {
  /** Most curves of a picture; more could not be told apart. */
  public static final int MAX_CURVES = 12;

  private static final int WIDTH = 760;
  private static final int HEIGHT = 560;
  private static final String DECIMALS = "0.###";
  private static final float LINE = 2;
  private static final float THIN = 1;
  private static final float[] DASHES = {7, 5};
  private static final int MARKER = 7;

  /** How far above its place a label stands, as a share of the axis. */
  private static final double LABEL_LIFT = 0.03;

  private static final int FONT = 13;
  private static final int SMALL_FONT = 11;

  private static final Color REAL = new Color(0x555555);
  private static final List<Color> COLOURS =
      List.of(
          new Color(0x0072B2),
          new Color(0xD55E00),
          new Color(0x009E73),
          new Color(0xCC79A7),
          new Color(0xE69F00),
          new Color(0x56B4E9));
  private static final List<Marker> MARKERS =
      List.of(
          SeriesMarkers.CIRCLE,
          SeriesMarkers.SQUARE,
          SeriesMarkers.TRIANGLE_UP,
          SeriesMarkers.DIAMOND,
          SeriesMarkers.TRIANGLE_DOWN,
          SeriesMarkers.CROSS);

  private CurveChart() {}

  /**
   * A place on a curve.
   *
   * @param x across
   * @param y up
   * @param xSpread standard deviation of x over seeds; 0 draws nothing
   * @param ySpread standard deviation of y over seeds
   * @param label beside it; empty for none
   */
  public record Place(double x, double y, double xSpread, double ySpread, String label) {}

  /**
   * A curve.
   *
   * @param name in the legend; distinct
   * @param places in order
   */
  public record Curve(String name, List<Place> places) {
    /** Copies the places. */
    public Curve {
      places = List.copyOf(places);
    }
  }

  /**
   * What real images reach.
   *
   * @param name in the legend
   * @param x across; NaN for a line at y over the whole width
   * @param y up
   */
  public record Real(String name, double x, double y) {}

  /**
   * One system of axes.
   *
   * @param title above
   * @param across of the axis below
   * @param up of the axis on the left
   * @param curves at most {@value #MAX_CURVES}, each with a place
   * @param real what they are compared with
   */
  public record Panel(String title, String across, String up, List<Curve> curves, List<Real> real) {
    /**
     * Copies the lists.
     *
     * @throws IllegalArgumentException if there are no curves, or too many
     */
    public Panel {
      curves = List.copyOf(curves);
      real = List.copyOf(real);
      if (curves.isEmpty() || curves.size() > MAX_CURVES) {
        throw new IllegalArgumentException(
            "number of curves is %d; allowed: 1 to %d".formatted(curves.size(), MAX_CURVES));
      }
    }
  }

  /**
   * The panels as one PNG.
   *
   * @param panels at least one
   * @param columns side by side
   */
  public static byte[] png(List<Panel> panels, int columns) {
    int across = Math.min(columns, panels.size());
    int rows = (panels.size() + across - 1) / across;
    BufferedImage whole =
        new BufferedImage(across * WIDTH, rows * HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = whole.createGraphics();
    try {
      graphics.setColor(Color.WHITE);
      graphics.fillRect(0, 0, whole.getWidth(), whole.getHeight());
      for (int i = 0; i < panels.size(); i++) {
        BufferedImage panel = BitmapEncoder.getBufferedImage(chart(panels.get(i)));
        graphics.drawImage(panel, (i % across) * WIDTH, (i / across) * HEIGHT, null);
      }
    } finally {
      graphics.dispose();
    }
    return PngImages.encode(whole);
  }

  private static XYChart chart(Panel panel) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(panel.title())
            .xAxisTitle(panel.across())
            .yAxisTitle(panel.up())
            .theme(Styler.ChartTheme.Matlab)
            .build();
    style(chart, panel);
    double[] height = ends(panel, Place::y);
    double lift = LABEL_LIFT * (height[1] - height[0]);
    for (int i = 0; i < panel.curves().size(); i++) {
      add(chart, panel.curves().get(i), i, lift);
    }
    double[] width = ends(panel, Place::x);
    for (Real real : panel.real()) {
      boolean line = Double.isNaN(real.x());
      XYSeries series =
          chart.addSeries(
              real.name(),
              line ? width : new double[] {real.x()},
              line ? new double[] {real.y(), real.y()} : new double[] {real.y()});
      series.setLineColor(REAL);
      series.setMarkerColor(REAL);
      series.setLineStyle(
          new BasicStroke(THIN, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, DASHES, 0));
      series.setMarker(line ? SeriesMarkers.NONE : SeriesMarkers.PLUS);
    }
    return chart;
  }

  private static void style(XYChart chart, Panel panel) {
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideS);
    // Beside each other while they are few, below each other otherwise: long rows are cut off.
    chart
        .getStyler()
        .setLegendLayout(
            panel.curves().stream().mapToInt(curve -> curve.name().length()).sum() < 60
                ? Styler.LegendLayout.Horizontal
                : Styler.LegendLayout.Vertical);
    chart.getStyler().setLegendBorderColor(Color.WHITE);
    chart.getStyler().setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, FONT));
    chart.getStyler().setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, FONT));
    chart.getStyler().setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, SMALL_FONT));
    chart.getStyler().setAnnotationTextFont(new Font(Font.SANS_SERIF, Font.PLAIN, SMALL_FONT));
    chart.getStyler().setXAxisDecimalPattern(DECIMALS);
    chart.getStyler().setYAxisDecimalPattern(DECIMALS);
    chart.getStyler().setMarkerSize(MARKER);
  }

  private static void add(XYChart chart, Curve curve, int index, double lift) {
    List<Place> places = curve.places();
    Color colour = COLOURS.get(index % COLOURS.size());
    XYSeries series =
        chart.addSeries(
            curve.name(),
            places.stream().mapToDouble(Place::x).toArray(),
            places.stream().mapToDouble(Place::y).toArray(),
            places.stream().mapToDouble(Place::ySpread).toArray());
    series.setLineColor(colour);
    series.setMarkerColor(colour);
    series.setMarker(MARKERS.get(index % MARKERS.size()));
    boolean again = index >= COLOURS.size();
    series.setLineStyle(
        new BasicStroke(
            LINE, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND, 1, again ? DASHES : null, 0));
    for (int i = 0; i < places.size(); i++) {
      Place place = places.get(i);
      if (place.xSpread() > 0) {
        XYSeries bar =
            chart.addSeries(
                curve.name() + " " + i,
                new double[] {place.x() - place.xSpread(), place.x() + place.xSpread()},
                new double[] {place.y(), place.y()});
        bar.setShowInLegend(false);
        bar.setMarker(SeriesMarkers.NONE);
        bar.setLineColor(colour);
        bar.setLineStyle(new BasicStroke(THIN));
      }
      if (!place.label().isEmpty()) {
        AnnotationText text = new AnnotationText(place.label(), place.x(), place.y() + lift, false);
        chart.addAnnotation(text);
      }
    }
  }

  private static double[] ends(Panel panel, ToDoubleFunction<Place> of) {
    double[] all =
        panel.curves().stream()
            .flatMap(curve -> curve.places().stream())
            .mapToDouble(of)
            .sorted()
            .toArray();
    return new double[] {all[0], all[all.length - 1]};
  }
}
