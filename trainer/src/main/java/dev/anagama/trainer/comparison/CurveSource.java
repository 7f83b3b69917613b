package dev.anagama.trainer.comparison;

import dev.anagama.trainer.data.DataException;
import dev.anagama.trainer.evaluation.Evaluation;
import dev.anagama.trainer.evaluation.EvaluationFile;
import dev.anagama.trainer.sampling.GuidanceMethod;
import dev.anagama.trainer.sampling.SamplingPlan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where a curve comes from.
 *
 * @param name in legends and tables
 * @param file an {@code evaluation.json}
 * @param filter the points of it that belong to the curve
 */
public record CurveSource(String name, Path file, ArmFilter filter) {
  /**
   * Reads {@code NAME=FILE[,KEY=VALUE...]}; FILE may be the folder of an {@code evaluation.json}.
   *
   * @throws IllegalArgumentException if the text has another form
   */
  public static CurveSource parse(String text) {
    int equals = text.indexOf('=');
    if (equals < 1 || equals == text.length() - 1) {
      throw new IllegalArgumentException(
          "curve is '%s'; allowed: NAME=FILE[,KEY=VALUE...]".formatted(text));
    }
    String[] parts = text.substring(equals + 1).split(",", -1);
    Map<String, String> wanted = new LinkedHashMap<>();
    for (int i = 1; i < parts.length; i++) {
      String[] pair = parts[i].split("=", 2);
      if (pair.length != 2) {
        throw new IllegalArgumentException(
            "curve's filter is '%s'; allowed: KEY=VALUE".formatted(parts[i]));
      }
      wanted.put(pair[0], pair[1]);
    }
    Path file = Path.of(parts[0]);
    return new CurveSource(
        text.substring(0, equals),
        Files.isDirectory(file) ? file.resolve(EvaluationFile.NAME) : file,
        new ArmFilter(wanted));
  }

  /**
   * Reads the curve.
   *
   * @throws DataException if the file can not be read, or the filter leaves no arm or several
   */
  public Curve read() {
    Evaluation evaluation = EvaluationFile.read(file);
    List<Evaluation.Summary> points = evaluation.summary().stream().filter(filter::lets).toList();
    // Arms may differ in a network's digest only, which no filter names.
    record Arm(GuidanceMethod method, SamplingPlan sampling, int samples) {}

    long arms =
        points.stream()
            .map(point -> new Arm(point.guidance(), point.sampling(), point.samples()))
            .distinct()
            .count();
    if (arms != 1) {
      Set<String> all = new LinkedHashSet<>();
      evaluation.summary().forEach(point -> all.add(ArmFilter.values(point).toString()));
      throw new DataException(
          "curve '%s': %s has %d arms that fit %s; needed: one of %s"
              .formatted(name, file, arms, filter.wanted(), all));
    }
    return Curve.of(name, evaluation, points);
  }
}
