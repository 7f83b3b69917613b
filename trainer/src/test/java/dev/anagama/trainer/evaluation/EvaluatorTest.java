package dev.anagama.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.CheckpointException;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.image.PngImages;
import dev.anagama.trainer.Trainer;
import dev.anagama.trainer.data.DataException;
import dev.anagama.trainer.data.DataFolder;
import dev.anagama.trainer.data.IdxFiles;
import dev.anagama.trainer.data.IdxSamples;
import dev.anagama.trainer.data.LabelledImages;
import dev.anagama.trainer.sampling.GuidanceTuning;
import dev.anagama.trainer.sampling.SamplingPlan;
import dev.anagama.trainer.training.TinyTraining;
import dev.anagama.trainer.training.TrainingListener;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On pictures that are easy to tell, made by a network that has learned a little. */
class EvaluatorTest {
  private static final EvaluationProgress SILENT = (part, done, total) -> {};

  @TempDir private static Path folder;

  @TempDir private Path out;

  private static Checkpoint checkpoint;

  @BeforeAll
  static void train() throws IOException {
    Path data = folder.resolve("data");
    Files.createDirectories(data);
    IdxSamples.write(data, IdxFiles.Split.TRAIN, IdxSamples.halves(256, 1), "");
    IdxSamples.write(data, IdxFiles.Split.TEST, IdxSamples.halves(60, 2), "");
    checkpoint =
        Trainer.train(
            TinyTraining.options(4800),
            new DataFolder(data),
            folder.resolve("run"),
            Device.cpu(),
            () -> Instant.EPOCH,
            new TrainingListener() {
              @Override
              public void stepDone(long imagesSeen, long images, double loss) {}

              @Override
              public void saved(long imagesSeen) {}
            });
  }

  private static EvaluationPlan plan(List<Double> weights, int seeds) {
    return plan(weights, 80, new SamplingPlan("ddim", 8), seeds);
  }

  private static EvaluationPlan plan(
      List<Double> weights, int samples, SamplingPlan sampling, int seeds) {
    ArmSource arm = new ArmSource.ClassifierFree(GuidanceTuning.NONE);
    return new EvaluationPlan(arm, weights, samples, sampling, 3, seeds, 2_560);
  }

  private Evaluation evaluate(Path data, EvaluationPlan plan, EvaluationProgress progress)
      throws IOException {
    return Evaluator.evaluate(
        new Evaluator.Folders(
            checkpoint.folder(), new DataFolder(data), folder.resolve("features"), out),
        plan,
        Device.cpu(),
        () -> Instant.EPOCH,
        progress);
  }

  private Evaluation evaluate(EvaluationPlan plan) throws IOException {
    return evaluate(folder.resolve("data"), plan, SILENT);
  }

  @Test
  void evaluate_imagesThatAreNearlyRight_liesBetweenFloorAndCeiling() throws IOException {
    Set<String> parts = new LinkedHashSet<>();

    Evaluation found =
        evaluate(
            folder.resolve("data"), plan(List.of(0.0, 1.0), 1), (part, d, t) -> parts.add(part));

    Evaluation.Reference reference = found.reference();
    assertThat(reference.labelAccuracy()).isGreaterThan(0.95);
    assertThat(reference.samples()).isEqualTo(60);
    assertThat(reference.floor().precision()).isGreaterThan(0.5);
    for (Evaluation.Point point : found.points()) {
      assertThat(point.figures().fid())
          .isBetween(reference.floor().fid(), reference.ceiling().fid());
      // Chance gives a half.
      assertThat(point.figures().labelAccuracy()).isBetween(0.8, 1.0);
      assertThat(point.figures().inceptionScore()).isBetween(1.0, 2.0001);
      assertThat(point.figures().samples()).isEqualTo(80);
    }
    // 8 steps, twice where guidance acts.
    assertThat(found.points().get(0).networkEvaluations()).isEqualTo(8);
    assertThat(found.points().get(1).networkEvaluations()).isEqualTo(16);
    assertThat(parts).endsWith("real training images", "real test images", "generated images");
    for (String picture :
        List.of("fid-inception-score", "precision-recall", "frontier", "samples")) {
      assertThat(ImageIO.read(out.resolve(picture + ".png").toFile()).getWidth()).isGreaterThan(50);
    }
  }

  /** As files of pictures by class, without a word on their size. */
  private static void writePictures(Path half, LabelledImages images) throws IOException {
    ImageShape shape = images.shape();
    for (int i = 0; i < images.size(); i++) {
      Path file = half.resolve(images.label(i) == 0 ? "left" : "top").resolve(i + ".png");
      Files.createDirectories(file.getParent());
      byte[] pixels =
          Arrays.copyOfRange(images.pixels(), i * shape.count(), (i + 1) * shape.count());
      BufferedImage picture =
          ImageIO.read(
              new ByteArrayInputStream(
                  PngImages.encode(pixels, shape.channels(), shape.height(), shape.width())));
      BufferedImage coloured =
          new BufferedImage(2 * shape.width(), 2 * shape.height(), BufferedImage.TYPE_INT_RGB);
      var unused =
          coloured
              .createGraphics()
              .drawImage(picture, 0, 0, coloured.getWidth(), coloured.getHeight(), null);
      Files.write(file, PngImages.encode(coloured));
    }
  }

  @Test
  void evaluate_picturesOfAnotherSize_areBroughtToTheCheckpoints(@TempDir Path pictures)
      throws IOException {
    writePictures(pictures.resolve("train"), IdxSamples.halves(120, 1));
    writePictures(pictures.resolve("test"), IdxSamples.halves(60, 2));

    Evaluation found = evaluate(pictures, plan(List.of(0.0), 1), SILENT);

    // By networks that know the same images in grey and a quarter of the size.
    assertThat(found.reference().labelAccuracy()).isGreaterThan(0.95);
    assertThat(found.reference().samples()).isEqualTo(60);
  }

  @Test
  void evaluate_whatItFinds_isWrittenInTheReleasedForm() throws IOException {
    evaluate(plan(List.of(0.0), 1));

    JsonNode json = new JsonMapper().readTree(out.resolve("evaluation.json").toFile());
    assertThat(json.fieldNames())
        .toIterable()
        .containsExactly(
            "model",
            "version",
            "weights_sha256",
            "precision",
            "features",
            "points",
            "summary",
            "reference",
            "references");
    assertThat(json.path("weights_sha256").asText()).isEqualTo(checkpoint.weightsSha256());
    assertThat(json.path("features").path(0).path("sha256").asText())
        .isEqualTo(FeatureNetwork.sha256(folder.resolve("features/first.safetensors")));
    assertThat(json.path("points").path(0).fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder(
            "guidance_weight",
            "steps",
            "sampler",
            "seed",
            "fid",
            "fid_infinity",
            "inception_score",
            "inception_score_infinity",
            "precision",
            "recall",
            "density",
            "coverage",
            "class_coverage",
            "class_spread",
            "label_accuracy",
            "label_log_probability",
            "second_fid",
            "second_inception_score",
            "second_label_accuracy",
            "samples",
            "network_evaluations",
            "seconds",
            "schedule",
            "guidance",
            "temperature",
            "classifier_evaluations");
    assertThat(json.path("summary").path(0).path("figures").path("fid").fieldNames())
        .toIterable()
        .containsExactly("mean", "standard_deviation", "count");
    assertThat(json.path("reference").fieldNames())
        .toIterable()
        .containsExactly("label_accuracy", "inception_score", "samples", "floor", "ceiling");
  }

  @Test
  void evaluate_again_measuresOnlyWhatIsMissing() throws IOException {
    Evaluation first = evaluate(plan(List.of(0.0), 1));
    List<Long> totals = new ArrayList<>();

    Evaluation second =
        evaluate(
            folder.resolve("data"),
            plan(List.of(0.0, 1.0), 2),
            (part, done, total) -> {
              if (part.equals("generated images")) {
                totals.add(total);
              }
            });

    // One point of four was there.
    assertThat(totals).isNotEmpty().containsOnly(3 * 80L);
    assertThat(second.points()).hasSize(4).startsWith(first.points().get(0));
    assertThat(second.points())
        .extracting(point -> point.setting().guidanceWeight())
        .containsExactly(0.0, 0.0, 1.0, 1.0);
    assertThat(second.summary()).hasSize(2);
    assertThat(Objects.requireNonNull(second.summary().get(0).figures().get("fid")).count())
        .isEqualTo(2);
    // Everything from the start gives the same.
    Files.delete(out.resolve("evaluation.json"));
    assertThat(evaluate(plan(List.of(0.0, 1.0), 2)).points()).isEqualTo(second.points());
  }

  @Test
  void evaluate_aFileOfAnotherCheckpoint_isRefused() throws IOException {
    Evaluation found = evaluate(plan(List.of(0.0), 1));
    Path file = out.resolve("evaluation.json");
    Files.writeString(
        file, EvaluationFile.text(found).replace(checkpoint.weightsSha256(), "0".repeat(64)));

    assertThatThrownBy(() -> evaluate(plan(List.of(1.0), 1)))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(file + " is of another checkpoint");
    Files.writeString(file, "{\"model\": \"tiny\"}");
    assertThatThrownBy(() -> evaluate(plan(List.of(1.0), 1)))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(file + " is of another checkpoint");
  }

  @Test
  void evaluate_imagesOfAnotherShapeOrMoreClasses_areRefused() throws IOException {
    Path other = Files.createDirectory(out.resolve("other"));
    IdxSamples.write(
        other,
        IdxFiles.Split.TRAIN,
        new LabelledImages(new ImageShape(1, 8, 9), new byte[72], new byte[1]),
        "");
    EvaluationPlan plan = plan(List.of(0.0), 1);
    assertThatThrownBy(() -> evaluate(other, plan, SILENT))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(other + " has images of ", "width=9", "width=8", "in 2 classes");

    LabelledImages more = IdxSamples.halves(4, 1);
    more.labels()[0] = 2;
    IdxSamples.write(other, IdxFiles.Split.TRAIN, more, "");
    assertThatThrownBy(() -> evaluate(other, plan, SILENT))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("with labels up to 2", "in 2 classes");
  }

  @Test
  void evaluate_noCheckpoint_isRefused() {
    assertThatThrownBy(
            () ->
                Evaluator.evaluate(
                    new Evaluator.Folders(
                        folder.resolve("none"),
                        new DataFolder(folder.resolve("data")),
                        folder.resolve("features"),
                        out),
                    plan(List.of(0.0), 1),
                    Device.cpu(),
                    () -> Instant.EPOCH,
                    SILENT))
        .isInstanceOf(CheckpointException.class);
  }

  @Test
  void plan_outOfBounds_isRefused() {
    assertThatThrownBy(() -> plan(List.of(-1.0), 1))
        .hasMessage("guidance weight w is -1.0; allowed: 0 or more");
    assertThatThrownBy(() -> plan(List.of(Double.NaN), 1))
        .hasMessage("guidance weight w is NaN; allowed: 0 or more");
    assertThatThrownBy(() -> plan(List.of(), 1))
        .hasMessage("guidance weight w is []; allowed: at least one");
    assertThatThrownBy(() -> plan(List.of(0.0), 0)).hasMessage("seeds is 0; allowed: 1 to 1000");
    assertThatThrownBy(() -> plan(List.of(0.0), 19, new SamplingPlan("ddim", 8), 1))
        .hasMessage("samples is 19; allowed: 20 to 1000000");
    assertThatThrownBy(() -> new SamplingPlan("ddim", 1025))
        .hasMessage("steps is 1025; allowed: 1 to 1024");
    assertThatThrownBy(() -> new SamplingPlan("euler", 8))
        .hasMessage("sampler is euler; allowed: ancestral, ddim, dpmpp_2m, heun");
    assertThatThrownBy(() -> new SamplingPlan("ddim", "linear", 8))
        .hasMessage("schedule is linear; allowed: cosine, linear_log_snr, edm");
  }
}
