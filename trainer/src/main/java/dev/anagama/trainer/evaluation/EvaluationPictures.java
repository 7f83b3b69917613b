package dev.anagama.trainer.evaluation;

import dev.anagama.diffusion.checkpoint.CheckpointManifest;
import dev.anagama.trainer.metric.MeanAndSpread;
import dev.anagama.trainer.report.SampleSheet;
import dev.anagama.trainer.report.WeightChart;
import dev.anagama.trainer.sampling.GuidanceMethod;
import dev.anagama.trainer.sampling.ImageMaker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/** An evaluation in pictures: of the points that a plan asked for. */
final class EvaluationPictures {
  private static final int IMAGES_PER_CELL = 4;
  private static final int IMAGES_ACROSS = 4;

  /** Pixels of the sheet for one of an image, while there are few columns. */
  private static final int SCALE = 2;

  private static final int COLUMNS_AT_SCALE = 5;

  /** More columns make a sheet that no screen shows. */
  private static final int MAX_COLUMNS = 9;

  private EvaluationPictures() {}

  /**
   * Writes {@code fid-inception-score.png}, {@code precision-recall.png}, {@code frontier.png} and
   * {@code samples.png}.
   */
  static void write(
      Path out,
      Evaluation evaluation,
      EvaluationPlan plan,
      GuidanceMethod method,
      ImageMaker maker,
      CheckpointManifest manifest)
      throws IOException {
    List<Evaluation.Summary> arms =
        evaluation.summary().stream()
            .filter(
                arm ->
                    arm.guidance().equals(method)
                        && arm.sampling().equals(plan.sampling())
                        && arm.samples() == plan.samples())
            .sorted(Comparator.comparingDouble(Evaluation.Summary::strength))
            .toList();
    String title =
        "%s %s, %s, %s, %d steps, %d images"
            .formatted(
                manifest.model(),
                manifest.version(),
                method.label(),
                plan.sampling().sampler(),
                plan.sampling().steps(),
                plan.samples());
    String across = method.axis().title();
    Figures real = evaluation.referenceFor(plan.samples()).floor();
    WeightChart.Curve fid = curve("Frechet distance", "fid", arms, real.fid());
    WeightChart.Curve score =
        curve("inception score", "inception_score", arms, real.inceptionScore());
    Files.write(out.resolve("fid-inception-score.png"), WeightChart.png(title, across, fid, score));
    Files.write(
        out.resolve("precision-recall.png"),
        WeightChart.shares(
            title,
            across,
            curve("precision", "precision", arms, real.precision()),
            curve("recall", "recall", arms, real.recall())));
    Files.write(out.resolve("frontier.png"), WeightChart.frontier(title, score, fid));
    List<Double> strengths = plan.strengths().stream().limit(MAX_COLUMNS).toList();
    Files.write(
        out.resolve("samples.png"),
        new SampleSheet(
                IMAGES_PER_CELL, IMAGES_ACROSS, strengths.size() <= COLUMNS_AT_SCALE ? SCALE : 1)
            .png(maker, manifest, strengths, plan.seed()));
  }

  private static WeightChart.Curve curve(
      String name, String figure, List<Evaluation.Summary> arms, double real) {
    List<MeanAndSpread> values = arms.stream().map(arm -> arm.figure(figure)).toList();
    return new WeightChart.Curve(
        name,
        arms.stream().map(Evaluation.Summary::strength).toList(),
        values.stream().map(MeanAndSpread::mean).toList(),
        values.stream().map(MeanAndSpread::standardDeviation).toList(),
        real);
  }
}
