package dev.anagama.trainer.report;

import dev.anagama.diffusion.image.PngImages;
import dev.anagama.diffusion.schedule.PredictionTarget;
import dev.anagama.trainer.training.LossHistory;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The mean loss of a run over the images it has seen. */
public final class LossCurve {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 520;

  private LossCurve() {}

  /**
   * The curve as PNG; the loss axis is logarithmic.
   *
   * @param prediction what the network predicts, whose error the loss is
   * @param points in order; without any the axes stand alone
   */
  public static byte[] png(
      String title, PredictionTarget prediction, List<LossHistory.Point> points) {
    return PngImages.encode(BitmapEncoder.getBufferedImage(chart(title, prediction, points)));
  }

  static XYChart chart(String title, PredictionTarget prediction, List<LossHistory.Point> points) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle("images seen (thousands)")
            .yAxisTitle("mean squared error of " + prediction.label())
            .theme(Styler.ChartTheme.Matlab)
            .build();
    chart.getStyler().setLegendVisible(false);
    chart.getStyler().setYAxisLogarithmic(true);
    if (points.isEmpty()) {
      return chart;
    }
    double[] images = points.stream().mapToDouble(point -> point.imagesSeen() / 1000.0).toArray();
    double[] losses = points.stream().mapToDouble(LossHistory.Point::loss).toArray();
    chart.addSeries("loss", images, losses).setMarker(SeriesMarkers.NONE);
    return chart;
  }
}
