package dev.anagama.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.CheckpointException;
import dev.anagama.diffusion.guidance.NoisyClassifier;
import dev.anagama.trainer.Trainer;
import dev.anagama.trainer.data.DataFolder;
import dev.anagama.trainer.data.IdxFiles;
import dev.anagama.trainer.data.IdxSamples;
import dev.anagama.trainer.sampling.GuidanceMethod;
import dev.anagama.trainer.sampling.GuidanceMethod.LowTemperature.Cooled;
import dev.anagama.trainer.sampling.GuidanceTuning;
import dev.anagama.trainer.sampling.SamplingPlan;
import dev.anagama.trainer.training.TinyTraining;
import dev.anagama.trainer.training.TrainingListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several methods of guidance beside each other, by networks that have learned a little. */
class EvaluationArmsTest {
  private static final SamplingPlan DDIM = new SamplingPlan("ddim", 8);
  private static final ArmSource CLASSIFIER_FREE =
      new ArmSource.ClassifierFree(GuidanceTuning.NONE);

  @TempDir private static Path folder;

  @TempDir private Path out;

  private static Checkpoint checkpoint;
  private static Checkpoint weaker;

  @BeforeAll
  static void train() throws IOException {
    Path data = folder.resolve("data");
    Files.createDirectories(data);
    IdxSamples.write(data, IdxFiles.Split.TRAIN, IdxSamples.halves(256, 1), "");
    IdxSamples.write(data, IdxFiles.Split.TEST, IdxSamples.halves(60, 2), "");
    checkpoint = trained(data, 3200);
    weaker = trained(data, 640);
  }

  private static Checkpoint trained(Path data, long images) throws IOException {
    return Trainer.train(
        TinyTraining.options(images),
        new DataFolder(data),
        folder.resolve("run-" + images),
        Device.cpu(),
        () -> Instant.EPOCH,
        new TrainingListener() {
          @Override
          public void stepDone(long imagesSeen, long total, double loss) {}

          @Override
          public void saved(long imagesSeen) {}
        });
  }

  private Evaluation evaluate(EvaluationPlan plan, List<Long> totals) throws IOException {
    return Evaluator.evaluate(
        new Evaluator.Folders(
            checkpoint.folder(),
            new DataFolder(folder.resolve("data")),
            folder.resolve("features"),
            out),
        plan,
        Device.cpu(),
        () -> Instant.EPOCH,
        (part, done, total) -> {
          if (part.equals("generated images")) {
            totals.add(total);
          }
        });
  }

  private Evaluation evaluate(
      ArmSource arm, SamplingPlan sampling, int samples, Double... strengths) throws IOException {
    return evaluate(plan(arm, sampling, samples, strengths), new ArrayList<>());
  }

  private static EvaluationPlan plan(
      ArmSource arm, SamplingPlan sampling, int samples, Double... strengths) {
    return new EvaluationPlan(arm, List.of(strengths), samples, sampling, 3, 1, 2_560);
  }

  /** Knows the classes by the middle of their images, as if their noise were all that differs. */
  private static NoisyClassifier byTheMiddle(double scale) {
    return (z, logSnr, condition) -> {
      int side = IdxSamples.SIDE;
      float[] template = new float[side * side];
      for (int i = 0; i < template.length; i++) {
        boolean left = i % side < side / 2;
        boolean top = i / side < side / 2;
        template[i] = (left == top ? 0f : left ? 1f : -1f) * (float) scale;
      }
      NDManager owner = z.getManager();
      try (NDManager scope = owner.newSubManager()) {
        scope.tempAttachAll(z, logSnr, condition);
        // ln p(0|z) = -ln(1 + e^-l) with l = <z, t>, whose gradient is (1 - p) t; -t for class 1.
        NDArray t = scope.create(template, new Shape(1, 1, side, side));
        NDArray sign = condition.toType(z.getDataType(), true).mul(-2).add(1).reshape(-1, 1, 1, 1);
        NDArray l = z.mul(t).sum(new int[] {1, 2, 3}, true).mul(sign);
        NDArray gradient = t.mul(sign).mul(l.neg().getNDArrayInternal().sigmoid());
        gradient.attach(owner);
        return gradient;
      }
    };
  }

  private static ArmSource classifier() {
    return new ArmSource.Classifier(
        (of, device, precision) -> new ArmSource.OpenClassifier(byTheMiddle(0.2), "abc", () -> {}),
        GuidanceTuning.NONE);
  }

  private static List<Evaluation.Point> of(Evaluation evaluation, String method) {
    return evaluation.points().stream()
        .filter(point -> point.setting().guidance().name().equals(method))
        .toList();
  }

  @Test
  void evaluate_severalMethodsInOneFile_arePairedAndCounted() throws IOException {
    evaluate(CLASSIFIER_FREE, DDIM, 60, 0.0, 1.0);
    evaluate(
        new ArmSource.WeakerCheckpoint(weaker.folder(), GuidanceTuning.NONE), DDIM, 60, 0.0, 1.0);
    evaluate(new ArmSource.LowTemperature(Cooled.SCORE), DDIM, 60, 1.0, 0.9);
    Evaluation all = evaluate(classifier(), DDIM, 60, 0.0, 2.0);

    assertThat(all.points()).hasSize(8);
    List<Evaluation.Point> free = of(all, GuidanceMethod.CLASSIFIER_FREE);
    List<Evaluation.Point> byWeaker = of(all, GuidanceMethod.AUTOGUIDANCE);
    List<Evaluation.Point> cold = of(all, GuidanceMethod.LOW_TEMPERATURE);
    List<Evaluation.Point> byClassifier = of(all, GuidanceMethod.CLASSIFIER);
    // The same noise and labels everywhere: where nothing acts, the same images.
    assertThat(byWeaker.get(0).figures()).isEqualTo(free.get(0).figures());
    assertThat(byClassifier.get(0).figures()).isEqualTo(free.get(0).figures());
    assertThat(cold.get(1).setting().temperature()).isEqualTo(1);
    assertThat(cold.get(1).figures()).isEqualTo(free.get(0).figures());
    // And others where something does.
    assertThat(byWeaker.get(1).figures()).isNotEqualTo(free.get(1).figures());
    assertThat(cold.get(0).figures()).isNotEqualTo(free.get(0).figures());
    assertThat(byClassifier.get(1).figures().labelLogProbability())
        .isGreaterThan(byClassifier.get(0).figures().labelLogProbability());
    // 8 steps; a second network or a classifier where guidance acts.
    assertThat(free).extracting(Evaluation.Point::networkEvaluations).containsExactly(8.0, 16.0);
    assertThat(byWeaker)
        .extracting(Evaluation.Point::networkEvaluations)
        .containsExactly(8.0, 16.0);
    assertThat(byClassifier)
        .extracting(Evaluation.Point::networkEvaluations)
        .containsExactly(8.0, 8.0);
    assertThat(byClassifier)
        .extracting(Evaluation.Point::classifierEvaluations)
        .containsExactly(0.0, 8.0);
    assertThat(all.summary()).hasSize(8);
    assertThat(all.summary())
        .filteredOn(point -> point.guidance().name().equals(GuidanceMethod.CLASSIFIER))
        .extracting(Evaluation.Summary::classifierEvaluations)
        .containsExactly(0.0, 8.0);
  }

  @Test
  void evaluate_anIntervalAndAnotherSchedule_areArmsOfTheirOwn() throws IOException {
    evaluate(CLASSIFIER_FREE, DDIM, 60, 1.0);
    evaluate(CLASSIFIER_FREE, new SamplingPlan("ddim", "edm", 8), 60, 1.0);
    ArmSource between = new ArmSource.ClassifierFree(GuidanceTuning.between(-2, 3));
    Evaluation all = evaluate(between, DDIM, 60, 1.0);

    assertThat(all.summary()).hasSize(3);
    assertThat(all.summary())
        .extracting(point -> point.guidance().label())
        .containsExactly(
            "classifier-free", "classifier-free", "classifier-free, interval -2.0 to 3.0");
    // Guided at some of the levels only.
    assertThat(all.points().get(2).networkEvaluations()).isBetween(9.0, 15.0);
  }

  @Test
  void evaluate_otherNumbersOfSamples_keepAReferenceEach() throws IOException {
    evaluate(CLASSIFIER_FREE, DDIM, 60, 0.0);
    Evaluation both = evaluate(CLASSIFIER_FREE, DDIM, 40, 0.0);

    assertThat(both.points()).hasSize(2);
    assertThat(both.summary()).extracting(Evaluation.Summary::samples).containsExactly(40, 60);
    assertThat(both.reference()).isEqualTo(both.referenceFor(60));
    assertThat(both.referenceFor(60).floor().samples()).isEqualTo(60);
    assertThat(both.referenceFor(40).floor().samples()).isEqualTo(40);
    assertThat(both.references()).hasSize(2);
  }

  @Test
  void evaluate_aFileOfBefore_goesOnAsClassifierFree() throws IOException {
    Evaluation found = evaluate(CLASSIFIER_FREE, DDIM, 60, 0.0);
    JsonMapper mapper = new JsonMapper();
    ObjectNode json = (ObjectNode) mapper.readTree(EvaluationFile.text(found));
    json.remove("references");
    for (String list : List.of("points", "summary")) {
      for (JsonNode each : json.path(list)) {
        ((ObjectNode) each)
            .remove(List.of("guidance", "schedule", "temperature", "classifier_evaluations"));
      }
    }
    Files.writeString(out.resolve(EvaluationFile.NAME), mapper.writeValueAsString(json));
    List<Long> totals = new ArrayList<>();

    Evaluation again = evaluate(plan(CLASSIFIER_FREE, DDIM, 60, 0.0), totals);

    assertThat(totals).isEmpty();
    assertThat(again).isEqualTo(found);
  }

  @Test
  void evaluate_aWeakerCheckpointThatIsTheSame_isRefused() {
    ArmSource same = new ArmSource.WeakerCheckpoint(checkpoint.folder(), GuidanceTuning.NONE);
    assertThatThrownBy(() -> evaluate(same, DDIM, 60, 0.0))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("needed: weaker ones");
  }

  @Test
  void plan_strengthsThatTheMethodDoesNotHave_areRefused() {
    ArmSource cold = new ArmSource.LowTemperature(Cooled.NOISE);
    SamplingPlan ancestral = new SamplingPlan("ancestral", 8);
    assertThatThrownBy(() -> plan(cold, ancestral, 60, 1.1))
        .hasMessage("temperature is 1.1; allowed: above 0, at most 1");
    assertThatThrownBy(() -> plan(cold, DDIM, 60, 0.9))
        .hasMessageStartingWith("sampler is ddim; allowed: ancestral");
    assertThat(plan(cold, ancestral, 60, 0.9).strengths()).containsExactly(0.9);
  }
}
