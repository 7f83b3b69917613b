package dev.anagama.trainer.comparison;

import dev.anagama.trainer.evaluation.Evaluation;
import dev.anagama.trainer.evaluation.Figures;
import dev.anagama.trainer.metric.MeanAndSpread;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Curves as tables in Markdown. */
final class ComparisonTables {
  /** Figures of a table, with the digits that mean something. */
  private static final List<Column> COLUMNS =
      List.of(
          new Column("FID", "fid", 3),
          new Column("FID, N to infinity", "fid_infinity", 3),
          new Column("inception score", "inception_score", 3),
          new Column("precision", "precision", 3),
          new Column("recall", "recall", 3),
          new Column("coverage", "coverage", 3),
          new Column("coverage in class", "class_coverage", 3),
          new Column("spread in class", "class_spread", 3),
          new Column("label accuracy", "label_accuracy", 4),
          new Column("second FID", "second_fid", 3));

  private record Column(String title, String figure, int digits) {}

  private ComparisonTables() {}

  /** The whole document. */
  static String markdown(String title, List<Curve> curves, List<Double> scores) {
    StringBuilder text = new StringBuilder("# " + title + "\n\n");
    text.append(sources(curves)).append("\n## Least Frechet distance\n\n").append(least(curves));
    text.append("\n## At equal inception score\n\n").append(equalScores(curves, scores));
    for (Curve curve : curves) {
      text.append("\n## ").append(curve.name()).append("\n\n").append(points(curve));
    }
    return text.toString();
  }

  private static String sources(List<Curve> curves) {
    List<List<String>> rows = new ArrayList<>();
    for (Curve curve : curves) {
      rows.add(
          List.of(
              curve.name(),
              curve.checkpoint(),
              curve.method().label(),
              "%s, %s, %d steps"
                  .formatted(
                      curve.sampling().sampler(),
                      curve.sampling().schedule(),
                      curve.sampling().steps()),
              "%d x %d".formatted(curve.points().get(0).figure("fid").count(), curve.samples()),
              number(curve.reference().floor().fid(), 3)));
    }
    return table(
        List.of("curve", "checkpoint", "guidance", "sampling", "seeds x images", "floor's FID"),
        rows);
  }

  /** Where each curve's distance is least. */
  static String least(List<Curve> curves) {
    List<List<String>> rows = new ArrayList<>();
    for (Curve curve : curves) {
      Evaluation.Summary best =
          curve.points().stream()
              .min(Comparator.comparingDouble(point -> point.figure("fid").mean()))
              .orElseThrow();
      rows.add(
          List.of(
              curve.name(),
              strength(curve, best.strength()),
              spread(best.figure("fid"), 3),
              spread(best.figure("inception_score"), 3),
              spread(best.figure("recall"), 3),
              spread(best.figure("label_accuracy"), 4)));
    }
    return table(
        List.of("curve", "at", "FID", "inception score", "recall", "label accuracy"), rows);
  }

  /** What each curve pays for the same score. */
  static String equalScores(List<Curve> curves, List<Double> scores) {
    if (scores.isEmpty()) {
      return "The curves have no inception score in common.\n";
    }
    List<List<String>> rows = new ArrayList<>();
    for (double score : scores) {
      for (Curve curve : curves) {
        List<String> row = new ArrayList<>(List.of(number(score, 3), curve.name()));
        row.addAll(
            EqualScore.at(score, curve.points())
                .map(
                    equal ->
                        List.of(
                            strength(curve, equal.strength()),
                            number(equal.fid(), 3),
                            number(equal.networkEvaluations(), 1),
                            number(equal.classifierEvaluations(), 1)))
                .orElse(List.of("not reached", "", "", "")));
        rows.add(row);
      }
    }
    return table(
        List.of(
            "inception score",
            "curve",
            "at",
            "FID",
            "network evaluations an image",
            "classifier gradients an image"),
        rows);
  }

  /** Every point of a curve, between its rails. */
  static String points(Curve curve) {
    List<String> titles = new ArrayList<>(List.of(curve.axis().symbol()));
    COLUMNS.forEach(column -> titles.add(column.title()));
    titles.addAll(List.of("network evaluations", "classifier gradients"));
    List<List<String>> rows = new ArrayList<>();
    for (Evaluation.Summary point : curve.points()) {
      List<String> row = new ArrayList<>(List.of(number(point.strength(), 2)));
      COLUMNS.forEach(column -> row.add(spread(point.figure(column.figure()), column.digits())));
      row.add(number(point.networkEvaluations(), 1));
      row.add(number(point.classifierEvaluations(), 1));
      rows.add(row);
    }
    rows.add(rail("real test images", curve.reference().floor()));
    rows.add(rail("noise", curve.reference().ceiling()));
    return table(titles, rows);
  }

  private static List<String> rail(String name, Figures figures) {
    return List.of(
        name,
        number(figures.fid(), 3),
        number(figures.fidInfinity(), 3),
        number(figures.inceptionScore(), 3),
        number(figures.precision(), 3),
        number(figures.recall(), 3),
        number(figures.coverage(), 3),
        number(figures.classCoverage(), 3),
        number(figures.classSpread(), 3),
        number(figures.labelAccuracy(), 4),
        number(figures.secondFid(), 3),
        "",
        "");
  }

  private static String strength(Curve curve, double value) {
    return "%s = %s".formatted(curve.axis().symbol(), number(value, 2));
  }

  private static String spread(MeanAndSpread value, int digits) {
    return value.count() == 1
        ? number(value.mean(), digits)
        : number(value.mean(), digits) + " ± " + number(value.standardDeviation(), digits);
  }

  private static String number(double value, int digits) {
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }

  private static String table(List<String> titles, List<List<String>> rows) {
    StringBuilder text = new StringBuilder();
    text.append("| ").append(String.join(" | ", titles)).append(" |\n");
    text.append("|").append("---|".repeat(titles.size())).append("\n");
    for (List<String> row : rows) {
      text.append("| ").append(String.join(" | ", row)).append(" |\n");
    }
    return text.toString();
  }
}
