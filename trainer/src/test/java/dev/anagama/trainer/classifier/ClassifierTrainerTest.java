package dev.anagama.trainer.classifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.checkpoint.CheckpointManifest;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.checkpoint.NetworkSource;
import dev.anagama.diffusion.checkpoint.SamplingDefaults;
import dev.anagama.diffusion.checkpoint.TrainingRecord;
import dev.anagama.diffusion.network.ClassifierConfig;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.TrainableClassifier;
import dev.anagama.diffusion.network.UNetConfig;
import dev.anagama.diffusion.network.Weights;
import dev.anagama.diffusion.schedule.LogSnrRange;
import dev.anagama.trainer.data.DataException;
import dev.anagama.trainer.data.DataFolder;
import dev.anagama.trainer.data.IdxFiles;
import dev.anagama.trainer.data.IdxSamples;
import dev.anagama.trainer.data.ImageSet;
import dev.anagama.trainer.data.LabelledImages;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassifierTrainerTest {
  private static final ImageShape SHAPE = new ImageShape(1, IdxSamples.SIDE, IdxSamples.SIDE);

  @TempDir private Path folder;

  private Path data;
  private Path out;
  private final Heard heard = new Heard();

  /** Keeps what it hears. */
  private static final class Heard implements ClassifierProgress {
    private final List<Long> steps = new ArrayList<>();
    private final List<Double> losses = new ArrayList<>();
    private final List<Long> tested = new ArrayList<>();

    @Override
    public void stepDone(long imagesSeen, long images, double loss) {
      steps.add(imagesSeen);
      losses.add(loss);
    }

    @Override
    public void tested(long imagesSeen, long images) {
      tested.add(imagesSeen);
    }
  }

  @BeforeEach
  void writeData() throws IOException {
    data = Files.createDirectory(folder.resolve("data"));
    out = folder.resolve("out");
    IdxSamples.write(data, IdxFiles.Split.TRAIN, IdxSamples.halves(200, 1), ".gz");
    IdxSamples.write(data, IdxFiles.Split.TEST, IdxSamples.halves(150, 2), ".gz");
  }

  private static ClassifierOptions options(long images, double learningRate) {
    return new ClassifierOptions(
        "Halves",
        images,
        32,
        learningRate,
        0.05,
        new ClassifierOptions.Size(1, List.of(8, 16), List.of(1, 1), 2, 16),
        LogSnrRange.DEFAULT,
        Precision.FLOAT32,
        7);
  }

  private ClassifierDescription train(long images) throws IOException {
    return ClassifierTrainer.train(
        options(images, 5e-3), new DataFolder(data), out, Device.cpu(), heard);
  }

  private static CheckpointManifest checkpoint(ImageShape image, int classes, LogSnrRange range) {
    return new CheckpointManifest(
        CheckpointManifest.FORMAT_VERSION,
        "tiny",
        "1",
        new NetworkSource.UNet(
            new UNetConfig(image.channels(), 1, List.of(8), List.of(), 1, 0, 1, 8, classes)),
        "eps",
        range,
        image,
        List.of("left", "top", "third").subList(0, classes),
        classes,
        new SamplingDefaults(4, 2.0, "ddim"),
        new TrainingRecord("Halves", 0, 0.1, 1, 1e-3, 1, Precision.FLOAT32, 1, 0),
        new TreeMap<>(),
        new TreeMap<>());
  }

  private NoiseAwareClassifier open(CheckpointManifest guided) {
    return NoiseAwareClassifier.open(out, guided, Device.cpu(), Precision.FLOAT32);
  }

  @Test
  void train_picturesThatAreEasyToTell_tellsThemUntilNoiseHidesThem() throws IOException {
    ClassifierDescription description = train(6_400);

    assertThat(heard.steps).hasSize(200).startsWith(32L).endsWith(6_400L);
    // At first, both classes are equally likely.
    assertThat(heard.losses.get(0)).isBetween(0.693, 0.6932);
    assertThat(heard.tested).endsWith(11L * 150);
    assertThat(description.accuracy())
        .extracting(ClassifierDescription.AtLevel::logSnr)
        .containsExactly(-10.0, -8.0, -6.0, -4.0, -2.0, 0.0, 2.0, 4.0, 6.0, 8.0, 10.0);
    assertThat(description.accuracy().get(10).labelAccuracy()).isGreaterThan(0.95);
    assertThat(description.accuracy().get(0).labelAccuracy()).isLessThan(0.9);
    assertThat(description.testImages()).isEqualTo(150);
    assertThat(out.toFile().list()).containsExactly("classifier.safetensors");
  }

  @Test
  void open_whatWasTrained_isAsDescribedAndRaisesTheClass() throws IOException {
    ClassifierDescription description = train(3_200);
    LabelledImages test = IdxSamples.halves(2, 3);
    float[] pixels = new float[2 * SHAPE.count()];
    test.decode(0, pixels, 0);
    test.decode(1, pixels, SHAPE.count());
    try (NoiseAwareClassifier classifier = open(checkpoint(SHAPE, 2, LogSnrRange.DEFAULT));
        NDManager scope = NDManager.newBaseManager()) {
      assertThat(classifier.description()).isEqualTo(description);
      assertThat(classifier.sha256()).matches("[0-9a-f]{64}");
      NDArray z = scope.create(pixels, new Shape(2, 1, IdxSamples.SIDE, IdxSamples.SIDE));
      float[] gradient =
          classifier
              .logProbabilityGradient(
                  z, scope.create(new float[] {0, 0}), scope.create(new long[] {0, 0}))
              .toFloatArray();
      // Class 0 is bright on the left, class 1 at the top: the corners that tell them apart.
      assertThat(corner(gradient, 1, IdxSamples.SIDE / 2, 0)).isPositive();
      assertThat(corner(gradient, 1, 0, IdxSamples.SIDE / 2)).isNegative();
    }
  }

  /** Sum over a quarter of an image. */
  private static double corner(float[] values, int image, int top, int left) {
    double sum = 0;
    for (int y = top; y < top + IdxSamples.SIDE / 2; y++) {
      for (int x = left; x < left + IdxSamples.SIDE / 2; x++) {
        sum += values[image * SHAPE.count() + y * IdxSamples.SIDE + x];
      }
    }
    return sum;
  }

  @Test
  void train_sameSeed_isTheSameFile() throws IOException {
    train(320);
    byte[] first = Files.readAllBytes(out.resolve("classifier.safetensors"));
    out = folder.resolve("again");
    train(320);
    assertThat(Files.readAllBytes(out.resolve("classifier.safetensors"))).isEqualTo(first);
  }

  @Test
  void open_forACheckpointThatItDoesNotFit_isRefused() throws IOException {
    train(64);
    String file = out.resolve("classifier.safetensors") + " does not fit tiny 1: it ";
    assertThatThrownBy(() -> open(checkpoint(new ImageShape(1, 16, 8), 2, LogSnrRange.DEFAULT)))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(file + "looks at images of ");
    assertThatThrownBy(() -> open(checkpoint(SHAPE, 3, LogSnrRange.DEFAULT)))
        .isInstanceOf(DataException.class)
        .hasMessage(file + "tells 2 classes apart; needed: 3");
    assertThatThrownBy(() -> open(checkpoint(SHAPE, 2, new LogSnrRange(-25, 20))))
        .isInstanceOf(DataException.class)
        .hasMessage(file + "was trained on log-SNR -20.0 to 20.0; needed: -25.0 to 20.0");
  }

  @Test
  void open_noneOrADamagedOneOrAnother_isRefused() throws IOException {
    CheckpointManifest guided = checkpoint(SHAPE, 2, LogSnrRange.DEFAULT);
    assertThatThrownBy(() -> open(guided))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(
            "cannot read the classifier " + out.resolve("classifier.safetensors"));
    train(64);
    Path file = out.resolve("classifier.safetensors");
    byte[] whole = Files.readAllBytes(file);
    for (int kept : new int[] {0, 100, whole.length - 1}) {
      Files.write(file, Arrays.copyOf(whole, kept));
      assertThatThrownBy(() -> open(guided))
          .as("%d bytes", kept)
          .isInstanceOf(DataException.class)
          .hasMessageContaining("classifier.safetensors");
    }
    Files.write(file, new byte[] {2, 0, 0, 0, 0, 0, 0, 0, '{', '}'});
    assertThatThrownBy(() -> open(guided))
        .isInstanceOf(DataException.class)
        .hasMessage(file + " has no noise_aware_classifier in its header");
  }

  @Test
  void train_overAnEarlierOne_isRefused() throws IOException {
    train(64);
    assertThatThrownBy(() -> train(64))
        .isInstanceOf(DataException.class)
        .hasMessage(
            out.resolve("classifier.safetensors")
                + " is there already; choose another --out, or delete it");
  }

  @Test
  void train_dataThatDoNotFit_areRefusedBeforeTraining() throws IOException {
    LabelledImages odd = new LabelledImages(new ImageShape(1, 9, 8), new byte[72], new byte[1]);
    IdxSamples.write(data, IdxFiles.Split.TEST, odd, ".gz");
    assertThatThrownBy(() -> train(64))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("has test images of");
    IdxSamples.write(data, IdxFiles.Split.TRAIN, odd, ".gz");
    assertThatThrownBy(() -> train(64)).hasMessageContaining("classes is 1; allowed: 2 to 100000");
    assertThat(heard.steps).isEmpty();
  }

  @Test
  void train_interrupted_stopsAndLeavesNothing() {
    ClassifierProgress interrupting =
        new ClassifierProgress() {
          @Override
          public void stepDone(long imagesSeen, long images, double loss) {
            Thread.currentThread().interrupt();
          }

          @Override
          public void tested(long imagesSeen, long images) {}
        };
    assertThatThrownBy(
            () ->
                ClassifierTrainer.train(
                    options(6_400, 5e-3), new DataFolder(data), out, Device.cpu(), interrupting))
        .isInstanceOf(InterruptedIOException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(out.toFile().list()).isEmpty();
  }

  @Test
  void step_weightsThatAreNoNumbers_stopsTheTraining() {
    ImageSet images = IdxSamples.halves(100, 1);
    ClassifierConfig config = new ClassifierConfig(1, 1, List.of(8), List.of(1), 2, 16, 2);
    Weights start = TrainableClassifier.initialWeights(config, 1);
    start.tensor("stem.bias").values()[0] = Float.NaN;
    try (ClassifierTraining training =
        new ClassifierTraining(options(64, 5e-3), config, start, images, Device.cpu())) {
      assertThatThrownBy(() -> training.run(heard))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the loss became NaN after 0 images; a smaller --learning-rate may help");
    }
  }

  @Test
  void run_manySteps_keepsAFlatCountOfArrays() throws IOException {
    ImageSet images = IdxSamples.halves(100, 1);
    ClassifierConfig config = new ClassifierConfig(1, 1, List.of(8), List.of(1), 2, 16, 2);
    Weights start = TrainableClassifier.initialWeights(config, 1);
    List<Integer> counts = new ArrayList<>();
    try (ClassifierTraining training =
        new ClassifierTraining(options(3_200, 5e-3), config, start, images, Device.cpu())) {
      training.run(
          new ClassifierProgress() {
            @Override
            public void stepDone(long imagesSeen, long all, double loss) {
              counts.add(training.manager().getManagedArrays().size());
            }

            @Override
            public void tested(long imagesSeen, long all) {}
          });
    }
    assertThat(counts).hasSize(100).containsOnly(counts.get(0));
  }

  @Test
  void options_outOfRange_areRefused() {
    assertThatThrownBy(() -> options(16, 1e-3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("images is 16; allowed: at least the batch size, 32");
    assertThatThrownBy(() -> options(64, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("learning-rate is 2.0; allowed: above 0, to 1");
  }
}
