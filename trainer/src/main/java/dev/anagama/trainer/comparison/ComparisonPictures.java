package dev.anagama.trainer.comparison;

import dev.anagama.trainer.evaluation.Evaluation;
import dev.anagama.trainer.evaluation.Figures;
import dev.anagama.trainer.metric.MeanAndSpread;
import dev.anagama.trainer.report.CurveChart;
import dev.anagama.trainer.sampling.StrengthAxis;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/** Curves as pictures. */
final class ComparisonPictures {
  /** Beyond so many curves only the ends of each are labelled. */
  private static final int LABELLED = 3;

  /** A figure, as it is drawn. */
  private record Drawn(String title, String name, ToDoubleFunction<Figures> real) {}

  private static final Drawn FID = new Drawn("Frechet distance", "fid", Figures::fid);
  private static final Drawn SCORE =
      new Drawn("inception score", "inception_score", Figures::inceptionScore);
  private static final List<Drawn> VARIETY =
      List.of(
          new Drawn("recall", "recall", Figures::recall),
          new Drawn("coverage", "coverage", Figures::coverage),
          new Drawn("coverage in class", "class_coverage", Figures::classCoverage),
          new Drawn("label accuracy", "label_accuracy", Figures::labelAccuracy));

  private ComparisonPictures() {}

  /** The pictures by their file's name. */
  static Map<String, byte[]> of(String title, List<Curve> curves) {
    Map<String, byte[]> pictures = new LinkedHashMap<>();
    pictures.put("frontier.png", CurveChart.png(List.of(frontier(title, curves)), 1));
    for (StrengthAxis axis : StrengthAxis.values()) {
      List<Curve> along = curves.stream().filter(curve -> curve.axis() == axis).toList();
      if (!along.isEmpty()) {
        String over = axis == StrengthAxis.WEIGHT ? "-over-w.png" : "-over-temperature.png";
        pictures.put(
            "fid-inception-score" + over,
            CurveChart.png(
                List.of(panel(title, axis, along, FID), panel(title, axis, along, SCORE)), 2));
        pictures.put(
            "variety" + over,
            CurveChart.png(
                VARIETY.stream().map(drawn -> panel(title, axis, along, drawn)).toList(), 2));
      }
    }
    return pictures;
  }

  private static CurveChart.Panel panel(
      String title, StrengthAxis axis, List<Curve> curves, Drawn drawn) {
    List<CurveChart.Curve> drawnCurves = new ArrayList<>();
    for (Curve curve : curves) {
      List<CurveChart.Place> places = new ArrayList<>();
      for (Evaluation.Summary point : curve.points()) {
        MeanAndSpread value = point.figure(drawn.name());
        places.add(
            new CurveChart.Place(point.strength(), value.mean(), 0, value.standardDeviation(), ""));
      }
      drawnCurves.add(new CurveChart.Curve(curve.name(), places));
    }
    List<CurveChart.Real> real = new ArrayList<>();
    floors(curves)
        .forEach(
            (name, floor) ->
                real.add(new CurveChart.Real(name, Double.NaN, drawn.real().applyAsDouble(floor))));
    return new CurveChart.Panel(title, axis.title(), drawn.title(), drawnCurves, real);
  }

  private static CurveChart.Panel frontier(String title, List<Curve> curves) {
    List<CurveChart.Curve> drawnCurves = new ArrayList<>();
    for (Curve curve : curves) {
      List<CurveChart.Place> places = new ArrayList<>();
      int last = curve.points().size() - 1;
      for (int i = 0; i <= last; i++) {
        Evaluation.Summary point = curve.points().get(i);
        MeanAndSpread across = point.figure(SCORE.name());
        MeanAndSpread up = point.figure(FID.name());
        boolean labelled = curves.size() <= LABELLED || i == last;
        places.add(
            new CurveChart.Place(
                across.mean(),
                up.mean(),
                across.standardDeviation(),
                up.standardDeviation(),
                labelled ? "%s %s".formatted(curve.axis().symbol(), point.strength()) : ""));
      }
      drawnCurves.add(new CurveChart.Curve(curve.name(), places));
    }
    List<CurveChart.Real> real = new ArrayList<>();
    floors(curves)
        .forEach(
            (name, floor) ->
                real.add(new CurveChart.Real(name, floor.inceptionScore(), floor.fid())));
    return new CurveChart.Panel(title, SCORE.title(), FID.title(), drawnCurves, real);
  }

  /** Real test images, as many as each curve has of its own, by the name in the legend. */
  private static Map<String, Figures> floors(List<Curve> curves) {
    Map<Integer, Figures> bySamples = new TreeMap<>();
    for (Curve curve : curves) {
      Figures floor = curve.reference().floor();
      bySamples.putIfAbsent(floor.samples(), floor);
    }
    Map<String, Figures> floors = new LinkedHashMap<>();
    bySamples.forEach((samples, floor) -> floors.put(samples + " real test images", floor));
    return floors;
  }
}
