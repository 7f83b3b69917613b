package dev.anagama.trainer.comparison;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.anagama.trainer.data.DataException;
import dev.anagama.trainer.evaluation.Evaluation;
import dev.anagama.trainer.evaluation.EvaluationFile;
import dev.anagama.trainer.evaluation.EvaluationSamples;
import dev.anagama.trainer.sampling.GuidanceMethod;
import dev.anagama.trainer.sampling.GuidanceMethod.LowTemperature.Cooled;
import dev.anagama.trainer.sampling.GuidanceTuning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonTest {
  private static final GuidanceMethod FREE = GuidanceMethod.ClassifierFree.PLAIN;
  private static final GuidanceMethod BETWEEN =
      new GuidanceMethod.ClassifierFree(GuidanceTuning.between(-2, 3));
  private static final GuidanceMethod COLD = new GuidanceMethod.LowTemperature(Cooled.SCORE);

  @TempDir private Path folder;

  /** Two seeds of w = 0, 1, 2: scores 5, 7, 8 and distances 4, 3, 6, each 0.5 more in one seed. */
  private static Evaluation evaluation() {
    return EvaluationSamples.evaluation(
        "first",
        List.of(
            EvaluationSamples.point(FREE, 0, 1, 4, 5, 8),
            EvaluationSamples.point(FREE, 0, 2, 4.5, 5, 8),
            EvaluationSamples.point(FREE, 1, 1, 3, 7, 16),
            EvaluationSamples.point(FREE, 1, 2, 3.5, 7, 16),
            EvaluationSamples.point(FREE, 2, 1, 6, 8, 16),
            EvaluationSamples.point(FREE, 2, 2, 6.5, 8, 16),
            EvaluationSamples.point(BETWEEN, 1, 1, 2, 6, 11),
            EvaluationSamples.point(COLD, 1, 1, 4, 5, 8),
            EvaluationSamples.point(COLD, 0.9, 1, 9, 6.5, 8)));
  }

  private Path file() throws IOException {
    Path file = folder.resolve("evaluation.json");
    Files.writeString(file, EvaluationFile.text(evaluation()));
    return file;
  }

  private Curve curve(String filter) throws IOException {
    return CurveSource.parse("a=" + file() + filter).read();
  }

  @Test
  void source_filters_leaveOneArm() throws IOException {
    assertThat(curve(",method=classifier-free,tuning=none").points()).hasSize(3);
    assertThat(curve(",tuning=interval").points()).hasSize(1);
    Curve cold = curve(",method=low-temperature");
    // From no guidance on, which is a temperature of 1.
    assertThat(cold.points()).extracting(Evaluation.Summary::strength).containsExactly(1.0, 0.9);
    assertThat(CurveSource.parse("a=" + folder + ",tuning=interval").read()).isNotNull();
  }

  @Test
  void source_severalArmsOrNone_saysWhichThereAre() throws IOException {
    Path file = file();
    assertThatThrownBy(() -> CurveSource.parse("a=" + file).read())
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("has 3 arms that fit {}", "method=low-temperature", "interval");
    assertThatThrownBy(() -> CurveSource.parse("a=" + file + ",steps=9").read())
        .hasMessageContaining("has 0 arms that fit {steps=9}");
    assertThatThrownBy(() -> CurveSource.parse("a=" + folder.resolve("none")).read())
        .isInstanceOf(DataException.class);
    assertThatThrownBy(() -> CurveSource.parse("just-a-file"))
        .hasMessage("curve is 'just-a-file'; allowed: NAME=FILE[,KEY=VALUE...]");
    assertThatThrownBy(() -> CurveSource.parse("a=b,colour=red"))
        .hasMessageStartingWith("curve's filter is colour; allowed: method");
    assertThatThrownBy(() -> CurveSource.parse("a=b,red"))
        .hasMessage("curve's filter is 'red'; allowed: KEY=VALUE");
  }

  @Test
  void equalScore_betweenTwoPoints_isOnTheLine() throws IOException {
    List<Evaluation.Summary> points = curve(",method=classifier-free,tuning=none").points();

    EqualScore half = EqualScore.at(6, points).orElseThrow();
    assertThat(half.strength()).isCloseTo(0.5, within(1e-12));
    assertThat(half.fid()).isCloseTo(3.75, within(1e-12));
    // Any guidance at all takes the second evaluation.
    assertThat(half.networkEvaluations()).isEqualTo(16);
    assertThat(EqualScore.at(7.5, points).orElseThrow().fid()).isCloseTo(4.75, within(1e-12));
    assertThat(EqualScore.at(5, points).orElseThrow().networkEvaluations()).isEqualTo(8);
    assertThat(EqualScore.at(8.1, points)).isEmpty();
    assertThat(EqualScore.at(4.9, points)).isEmpty();
  }

  @Test
  void common_twoCurves_liesInBoth() throws IOException {
    List<Curve> curves =
        List.of(curve(",tuning=none,method=classifier-free"), curve(",method=low-temperature"));
    assertThat(EqualScore.common(curves, 3))
        .hasSize(3)
        .allSatisfy(s -> assertThat(s).isBetween(5.0, 6.5));
    assertThat(EqualScore.common(List.of(curves.get(0), curve(",tuning=interval")), 3)).isEmpty();
  }

  @Test
  void write_severalCurves_makesPicturesAndTables() throws IOException {
    Path file = file();
    Path out = folder.resolve("out");
    Comparison.write(
        out,
        "Three arms",
        List.of(
            CurveSource.parse("free=" + file + ",method=classifier-free,tuning=none"),
            CurveSource.parse("interval=" + file + ",tuning=interval"),
            CurveSource.parse("cold=" + file + ",method=low-temperature")),
        List.of(6.0));

    String text = Files.readString(out.resolve(Comparison.TABLES));
    assertThat(text)
        .startsWith("# Three arms\n")
        .contains("| free | w = 1.00 | 3.250 ± 0.354 | 7.000 ± 0.000 |")
        .contains("| 6.000 | free | w = 0.50 | 3.750 | 16.0 | 0.0 |")
        .contains("| 6.000 | cold | T = 0.93 | ")
        .contains("| 6.000 | interval | not reached |")
        .contains("| real test images | ");
    for (String picture :
        List.of(
            "frontier",
            "fid-inception-score-over-w",
            "variety-over-w",
            "fid-inception-score-over-temperature",
            "variety-over-temperature")) {
      assertThat(ImageIO.read(out.resolve(picture + ".png").toFile()).getWidth())
          .isGreaterThan(500);
    }
  }

  @Test
  void write_curvesThatCanNotBeCompared_areRefused() throws IOException {
    Path file = file();
    Path other = folder.resolve("other.json");
    Files.writeString(
        other, Files.readString(file).replace(EvaluationSamples.FEATURES, "0".repeat(64)));
    assertThatThrownBy(
            () ->
                Comparison.write(
                    folder,
                    "",
                    List.of(
                        CurveSource.parse("a=" + file + ",tuning=interval"),
                        CurveSource.parse("b=" + other + ",tuning=interval")),
                    List.of()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("different feature networks");
    assertThatThrownBy(
            () ->
                Comparison.write(
                    folder,
                    "",
                    List.of(CurveSource.parse("a=" + file), CurveSource.parse("a=" + file)),
                    List.of()))
        .hasMessage("curve is 'a' twice; allowed: distinct names");
  }
}
