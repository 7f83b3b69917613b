package dev.anagama.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.CheckpointException;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.trainer.Trainer;
import dev.anagama.trainer.data.DataException;
import dev.anagama.trainer.data.DataFolder;
import dev.anagama.trainer.data.IdxFiles;
import dev.anagama.trainer.data.IdxSamples;
import dev.anagama.trainer.data.LabelledImages;
import dev.anagama.trainer.training.TinyTraining;
import dev.anagama.trainer.training.TrainingListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On pictures that are easy to tell, made by a network that has learned a little. */
class EvaluatorTest {
  @TempDir private static Path folder;

  private static Checkpoint checkpoint;

  private final Path out = folder.resolve("evaluation");

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

  private Evaluation evaluate(Path data, Evaluator.Plan plan, Evaluator.Progress progress)
      throws IOException {
    return Evaluator.evaluate(checkpoint.folder(), data, out, plan, Device.cpu(), progress);
  }

  private static Evaluator.Plan plan(int samples) {
    return new Evaluator.Plan(List.of(0.0, 1.0), samples, 8, 3);
  }

  @Test
  void evaluate_whatItFinds_isWrittenInTheReleasedForm() throws IOException {
    Set<String> parts = new LinkedHashSet<>();
    List<Double> shares = new ArrayList<>();

    Evaluation found =
        evaluate(
            folder.resolve("data"),
            plan(80),
            (part, share) -> {
              parts.add(part);
              shares.add(share);
            });

    assertThat(found.reference().labelAccuracy()).isGreaterThan(0.95);
    // Chance gives a half.
    assertThat(found.points().get(0).labelAccuracy()).isBetween(0.8, 1.0);
    assertThat(found.points().get(1).labelAccuracy()).isBetween(0.8, 1.0);
    assertThat(parts).containsExactly("classifier", "w = 0.0", "w = 1.0");
    assertThat(shares).allMatch(share -> share > 0 && share <= 1).endsWith(50.0 / 80, 1.0);
    assertThat(out.resolve("evaluation.json"))
        .hasContent(
            """
            {
              "model" : "tiny",
              "version" : "4k-seed7",
              "weights_sha256" : "%s",
              "points" : [ {
                "guidance_weight" : 0.0,
                "label_accuracy" : %s,
                "samples" : 80,
                "steps" : 8,
                "sampler" : "ddim",
                "seed" : 3
              }, {
                "guidance_weight" : 1.0,
                "label_accuracy" : %s,
                "samples" : 80,
                "steps" : 8,
                "sampler" : "ddim",
                "seed" : 3
              } ],
              "reference" : {
                "label_accuracy" : %s,
                "samples" : 60
              }
            }
            """
                .formatted(
                    checkpoint.weightsSha256(),
                    found.points().get(0).labelAccuracy(),
                    found.points().get(1).labelAccuracy(),
                    found.reference().labelAccuracy()));
  }

  @Test
  void evaluate_samplesThatDoNotFitTheClasses_areRefused() {
    assertThatThrownBy(() -> evaluate(folder.resolve("data"), plan(81), (part, share) -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("samples is 81; allowed: multiples of the 2 classes");
  }

  @Test
  void evaluate_imagesOfAnotherShapeOrMoreClasses_areRefused() throws IOException {
    Path other = Files.createDirectory(folder.resolve("other"));
    IdxSamples.write(
        other,
        IdxFiles.Split.TRAIN,
        new LabelledImages(new ImageShape(1, 8, 9), new byte[72], new byte[1]),
        "");
    assertThatThrownBy(() -> evaluate(other, plan(80), (part, share) -> {}))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(other + " has images of ", "width=9", "width=8", "in 2 classes");

    LabelledImages more = IdxSamples.halves(4, 1);
    more.labels()[0] = 2;
    IdxSamples.write(other, IdxFiles.Split.TRAIN, more, "");
    assertThatThrownBy(() -> evaluate(other, plan(80), (part, share) -> {}))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("with labels up to 2", "in 2 classes");
  }

  @Test
  void evaluate_noCheckpoint_isRefused() {
    assertThatThrownBy(
            () ->
                Evaluator.evaluate(
                    folder.resolve("none"),
                    folder.resolve("data"),
                    out,
                    plan(80),
                    Device.cpu(),
                    (part, share) -> {}))
        .isInstanceOf(CheckpointException.class);
  }

  @Test
  void plan_outOfBounds_isRefused() {
    assertThatThrownBy(() -> new Evaluator.Plan(List.of(-1.0), 10, 8, 3))
        .hasMessage("guidance weight is -1.0; allowed: 0 or more");
    assertThatThrownBy(() -> new Evaluator.Plan(List.of(Double.NaN), 10, 8, 3))
        .hasMessage("guidance weight is NaN; allowed: 0 or more");
    assertThatThrownBy(() -> new Evaluator.Plan(List.of(), 0, 8, 3))
        .hasMessage("samples is 0; allowed: 1 to 1000000");
    assertThatThrownBy(() -> new Evaluator.Plan(List.of(), 10, 1025, 3))
        .hasMessage("steps is 1025; allowed: 1 to 1024");
  }
}
