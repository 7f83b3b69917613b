package dev.anagama.trainer.gradientfield;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.guidance.Denoiser;
import dev.anagama.diffusion.guidance.NoisyClassifier;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.sampler.NoiseStream;
import dev.anagama.diffusion.schedule.LogSnr;
import dev.anagama.diffusion.schedule.LogSnrRange;
import dev.anagama.trainer.Trainer;
import dev.anagama.trainer.classifier.ClassifierOptions;
import dev.anagama.trainer.classifier.ClassifierProgress;
import dev.anagama.trainer.classifier.ClassifierTrainer;
import dev.anagama.trainer.data.DataException;
import dev.anagama.trainer.data.DataFolder;
import dev.anagama.trainer.data.IdxFiles;
import dev.anagama.trainer.data.IdxSamples;
import dev.anagama.trainer.gradientfield.GradientFieldReport.Measurement;
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

class FieldMeterTest {
  private static final int SIDE = IdxSamples.SIDE;
  private static final int SIZE = SIDE * SIDE;
  private static final double W = 2;

  @TempDir private static Path folder;

  private static FieldMeter.Folders trained;

  @BeforeAll
  static void train() throws IOException {
    DataFolder data = new DataFolder(Files.createDirectories(folder.resolve("data")));
    IdxSamples.write(data.path(), IdxFiles.Split.TRAIN, IdxSamples.halves(256, 1), "");
    IdxSamples.write(data.path(), IdxFiles.Split.TEST, IdxSamples.halves(60, 2), "");
    Checkpoint checkpoint =
        Trainer.train(
            TinyTraining.options(3_200),
            data,
            folder.resolve("run"),
            Device.cpu(),
            () -> Instant.EPOCH,
            new TrainingListener() {
              @Override
              public void stepDone(long imagesSeen, long total, double loss) {}

              @Override
              public void saved(long imagesSeen) {}
            });
    ClassifierOptions options =
        new ClassifierOptions(
            "Halves",
            3_200,
            32,
            5e-3,
            0.05,
            new ClassifierOptions.Size(1, List.of(8, 16), List.of(1, 1), 2, 16),
            LogSnrRange.DEFAULT,
            Precision.FLOAT32,
            7);
    ClassifierTrainer.train(
        options,
        data,
        folder.resolve("classifier"),
        Device.cpu(),
        new ClassifierProgress() {
          @Override
          public void stepDone(long imagesSeen, long images, double loss) {}

          @Override
          public void tested(long imagesSeen, long images) {}
        });
    trained = new FieldMeter.Folders(checkpoint.folder(), folder.resolve("classifier"), data);
  }

  private static GradientFieldPlan plan(List<Double> logSnrs, int images) {
    return new GradientFieldPlan(logSnrs, images, 8, 0.02, W, 3);
  }

  /** The symmetric part of a random matrix, or with sign -1 the antisymmetric one. */
  private static float[] matrix(int seed, int sign) {
    float[] random = new float[SIZE * SIZE];
    new NoiseStream(seed, 0).fill(random);
    float[] matrix = new float[SIZE * SIZE];
    for (int i = 0; i < SIZE; i++) {
      for (int j = 0; j < SIZE; j++) {
        matrix[i * SIZE + j] = (random[i * SIZE + j] + sign * random[j * SIZE + i]) / 2;
      }
    }
    return matrix;
  }

  private static float[] sum(float[] a, float[] b, double factor) {
    float[] sum = a.clone();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += (float) factor * b[i];
    }
    return sum;
  }

  private static double squaredNorm(float[] matrix) {
    double sum = 0;
    for (float value : matrix) {
      sum += value * value;
    }
    return sum;
  }

  /** {@code A z}, and {@code B z} more for every class. */
  private static Denoiser linear(float[] always, float[] ofClasses) {
    return (z, logSnr, condition) -> {
      NDManager owner = z.getManager();
      NDArray rows = z.reshape(-1, SIZE);
      NDArray isClass = condition.lt(2).toType(DataType.FLOAT32, true).reshape(-1, 1);
      NDArray a = owner.create(always, new Shape(SIZE, SIZE)).transpose();
      NDArray b = owner.create(ofClasses, new Shape(SIZE, SIZE)).transpose();
      return rows.matMul(a).add(rows.matMul(b).mul(isClass)).reshape(z.getShape());
    };
  }

  private static List<Measurement> measured(
      Denoiser denoiser, NoisyClassifier classifier, GradientFieldPlan plan) {
    GuidanceFields fields =
        new GuidanceFields(denoiser, classifier, 2, new ImageShape(1, SIDE, SIDE));
    return new FieldMeter(fields, plan, IdxSamples.halves(100, 2)).measureAll((done, total) -> {});
  }

  @Test
  void measureAll_linearNetworks_areWhatTheirMatricesAre() {
    float[] turning = matrix(1, -1);
    float[] stretching = matrix(2, 1);
    NoisyClassifier classifier = (z, logSnr, condition) -> z.mul(-3);
    double level = 1;

    List<Measurement> all =
        measured(linear(turning, stretching), classifier, plan(List.of(level), 60));

    assertThat(all)
        .extracting(Measurement::field)
        .containsExactly(
            MeasuredField.GUIDANCE_DIRECTION,
            MeasuredField.CONDITIONAL,
            MeasuredField.GUIDED,
            MeasuredField.CLASSIFIER_GRADIENT);
    double ofTurning = squaredNorm(turning);
    double ofStretching = squaredNorm(stretching);
    // What the classes add is a gradient, though the network is none with or without them.
    assertThat(all.get(0).antisymmetricShare()).isLessThan(1e-6);
    assertThat(all.get(0).gain()).isCloseTo(Math.sqrt(ofStretching / SIZE), within(0.05));
    assertThat(all.get(1).antisymmetricShare())
        .isCloseTo(ofTurning / (ofTurning + ofStretching), within(4 * all.get(1).standardError()));
    // (1 + w) (A + B) - w A.
    double guided = squaredNorm(sum(turning, stretching, 1 + W));
    assertThat(all.get(2).antisymmetricShare())
        .isCloseTo(ofTurning / guided, within(4 * all.get(2).standardError()));
    assertThat(all.get(3).antisymmetricShare()).isLessThan(1e-9);
    assertThat(all.get(3).gain()).isCloseTo(3 * LogSnr.sigma(level), within(0.1));
  }

  @Test
  void measureAll_severalLevels_goFromTheNoisiestOnAndTellHowFar() {
    NoisyClassifier classifier = (z, logSnr, condition) -> z.duplicate();
    List<Integer> done = new ArrayList<>();
    GuidanceFields fields =
        new GuidanceFields(
            linear(matrix(1, 1), matrix(2, 1)), classifier, 2, new ImageShape(1, SIDE, SIDE));
    List<Measurement> all =
        new FieldMeter(fields, plan(List.of(3.0, -1.0), 2), IdxSamples.halves(100, 2))
            .measureAll(
                (now, total) -> {
                  assertThat(total).isEqualTo(4);
                  done.add(now);
                });
    assertThat(done).containsExactly(1, 2, 3, 4);
    assertThat(all).extracting(Measurement::logSnr).startsWith(-1.0).endsWith(3.0).hasSize(8);
  }

  @Test
  void measureAll_aNetworkThatAnswersNoNumbers_isRefused() {
    Denoiser broken = (z, logSnr, condition) -> z.mul(Float.NaN);
    NoisyClassifier classifier = (z, logSnr, condition) -> z.duplicate();
    assertThatThrownBy(() -> measured(broken, classifier, plan(List.of(0.0), 2)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("guidance-direction is not finite at log-SNR 0.0");
  }

  @Test
  void measure_trainedNetworks_onlyTheClassifiersIsAGradient() throws IOException {
    GradientFieldPlan plan = plan(List.of(-2.0, 2.0), 12);

    GradientFieldReport report = FieldMeter.measure(trained, plan, (done, total) -> {});

    assertThat(report.measurements()).hasSize(8);
    for (Measurement measured : report.measurements()) {
      assertThat(measured.gain()).isPositive();
      if (measured.field() == MeasuredField.CLASSIFIER_GRADIENT) {
        assertThat(measured.antisymmetricShare()).isLessThan(1e-4);
      } else {
        assertThat(measured.antisymmetricShare())
            .isGreaterThan(1e-3)
            .isGreaterThan(3 * measured.standardError());
      }
    }
    // The same plan finds the same, up to the order of sums among threads.
    GradientFieldReport again = FieldMeter.measure(trained, plan, (done, total) -> {});
    for (int i = 0; i < report.measurements().size(); i++) {
      assertThat(again.measurements().get(i).gain())
          .isCloseTo(report.measurements().get(i).gain(), within(1e-4));
    }
    Path file = folder.resolve("report.json");
    report.write(file);
    assertThat(file)
        .content()
        .contains("\"field\" : \"guidance-direction\"", "\"antisymmetric_share\" : ");
    assertThat(folder.resolve("report.json.part")).doesNotExist();
  }

  @Test
  void measure_whatDoesNotFit_isRefused() {
    assertThatThrownBy(
            () -> FieldMeter.measure(trained, plan(List.of(21.0), 12), (done, total) -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("log-snrs is 21.0; allowed: -20.0 to 20.0, as the checkpoint");
    assertThatThrownBy(
            () -> FieldMeter.measure(trained, plan(List.of(0.0), 61), (done, total) -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("images is 61; allowed: at most the 60 of the test set");
    FieldMeter.Folders noClassifier =
        new FieldMeter.Folders(trained.checkpoint(), folder, trained.data());
    assertThatThrownBy(
            () -> FieldMeter.measure(noClassifier, plan(List.of(0.0), 12), (done, total) -> {}))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("cannot read the classifier ");
  }

  @Test
  void plan_outOfRange_isRefused() {
    assertThatThrownBy(() -> new GradientFieldPlan(List.of(), 2, 2, 0.1, 1, 1))
        .hasMessage("number of log-snrs is 0; allowed: 1 to 100");
    assertThatThrownBy(() -> new GradientFieldPlan(List.of(0.0), 1, 2, 0.1, 1, 1))
        .hasMessage("images is 1; allowed: 2 to 100000");
    assertThatThrownBy(() -> new GradientFieldPlan(List.of(0.0), 2, 1, 0.1, 1, 1))
        .hasMessage("directions is 1; allowed: 2 to 256");
    assertThatThrownBy(() -> new GradientFieldPlan(List.of(0.0), 2, 2, 0, 1, 1))
        .hasMessage("step is 0.0; allowed: above 0, at most 0.5");
    assertThatThrownBy(() -> new GradientFieldPlan(List.of(0.0), 2, 2, 0.1, -1, 1))
        .hasMessage("guidance weight w is -1.0; allowed: 0 or more");
    assertThat(plan(List.of(2.0, -1.0, 2.0), 2).logSnrs()).containsExactly(-1.0, 2.0);
  }
}
