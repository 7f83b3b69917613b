package dev.anagama.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.checkpoint.Safetensors;
import dev.anagama.diffusion.checkpoint.SafetensorsFile;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.TorchDenoiser;
import dev.anagama.diffusion.network.Weights;
import dev.anagama.diffusion.schedule.LogSnrRange;
import dev.anagama.diffusion.schedule.PredictionTarget;
import dev.anagama.trainer.data.DataException;
import dev.anagama.trainer.data.IdxSamples;
import dev.anagama.trainer.data.LabelledImages;
import dev.anagama.trainer.training.TrainingOptions.Objective;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingLoopTest {
  private static final String STATE = "training-state.safetensors";
  private static final LabelledImages DATA = IdxSamples.halves(200, 1);

  @TempDir private Path folder;

  /** Goes on by a second whenever it is asked. */
  private final InstantSource clock =
      new InstantSource() {
        private long seconds;

        @Override
        public Instant instant() {
          return Instant.ofEpochSecond(seconds++);
        }
      };

  /** Keeps everything that it hears. */
  private static final class Heard implements TrainingListener {
    private final List<Long> seen = new ArrayList<>();
    private final List<Double> losses = new ArrayList<>();
    private final List<Long> saved = new ArrayList<>();

    @Override
    public void stepDone(long imagesSeen, long images, double loss) {
      seen.add(imagesSeen);
      losses.add(loss);
    }

    @Override
    public void saved(long imagesSeen) {
      saved.add(imagesSeen);
    }

    double meanOfLast(int steps) {
      return losses.subList(losses.size() - steps, losses.size()).stream()
          .mapToDouble(loss -> loss)
          .average()
          .orElseThrow();
    }
  }

  private TrainingLoop loop(TrainingOptions options) {
    return new TrainingLoop(options, DATA, folder, Device.cpu(), clock);
  }

  private Heard train(TrainingOptions options) throws IOException {
    Heard heard = new Heard();
    try (TrainingLoop loop = loop(options)) {
      loop.run(heard);
    }
    return heard;
  }

  @Test
  void run_tinyDataInEitherPrecision_learns() throws IOException {
    for (Precision precision : List.of(Precision.FLOAT32, Precision.BFLOAT16)) {
      Path own = Files.createDirectory(folder.resolve(precision.label()));
      TrainingOptions options = TinyTraining.options(3200, 16, 5e-3, precision);
      Heard heard = new Heard();
      try (TrainingLoop loop = new TrainingLoop(options, DATA, own, Device.cpu(), clock)) {
        loop.run(heard);

        // A network that starts at zero predicts no noise: the mean square of eps is 1.
        assertThat(heard.losses.get(0)).isBetween(0.8, 1.2);
        assertThat(heard.meanOfLast(50)).as(precision.label()).isLessThan(0.35);
        assertThat(lossOf(loop.averages(), options)).as(precision.label()).isLessThan(0.35);
        assertThat(loop.losses().points())
            .singleElement()
            .satisfies(point -> assertThat(point.imagesSeen()).isEqualTo(3200));
      }
    }
  }

  @Test
  void run_otherPredictions_learn() throws IOException {
    for (PredictionTarget target : List.of(PredictionTarget.DENOISED, PredictionTarget.VELOCITY)) {
      TrainingOptions options =
          TinyTraining.options(3200).with(new Objective(0.1, LogSnrRange.DEFAULT, target));
      Path place = Files.createDirectory(folder.resolve(target.label()));
      Heard heard = new Heard();
      try (TrainingLoop loop = new TrainingLoop(options, DATA, place, Device.cpu(), clock)) {
        loop.run(heard);
      }
      // At first it answers 0, and the loss is the mean square of the target.
      assertThat(heard.losses.get(0)).as(target.label()).isBetween(0.3, 1.3);
      assertThat(heard.meanOfLast(50)).as(target.label()).isLessThan(0.5 * heard.losses.get(0));
      assertThat(TrainingState.find(place, options)).isPresent();
    }
  }

  /** Mean loss of weights over batches that training has not seen. */
  private static double lossOf(Weights weights, TrainingOptions options) {
    BatchSource batches = new BatchSource(DATA, options);
    double sum = 0;
    try (TorchDenoiser denoiser =
            TorchDenoiser.ofUNet(
                TrainingLoop.config(options, DATA.shape()),
                weights,
                Device.cpu(),
                Precision.FLOAT32);
        NDManager scope = NDManager.newBaseManager()) {
      for (int step = 0; step < 20; step++) {
        Batch batch = batches.batch(1_000_000 + step);
        float[] z = new float[batch.x().length];
        float[] logSnrs = new float[batch.logSnrs().length];
        int size = z.length / logSnrs.length;
        for (int i = 0; i < z.length; i++) {
          double logSnr = batch.logSnrs()[i / size];
          logSnrs[i / size] = (float) logSnr;
          z[i] =
              (float)
                  (batch.x()[i] / Math.sqrt(1 + Math.exp(-logSnr))
                      + batch.eps()[i] / Math.sqrt(1 + Math.exp(logSnr)));
        }
        ImageShape image = DATA.shape();
        float[] predicted =
            denoiser
                .predictNoise(
                    scope.create(z, new Shape(logSnrs.length, 1, image.height(), image.width())),
                    scope.create(logSnrs),
                    scope.create(batch.conditions()))
                .toFloatArray();
        for (int i = 0; i < z.length; i++) {
          double error = predicted[i] - batch.eps()[i];
          sum += error * error / z.length;
        }
      }
    }
    return sum / 20;
  }

  @Test
  void run_steps_areReportedAndSavedAsAskedFor() throws IOException {
    Heard heard = train(TinyTraining.options(200));

    // Batches of 16 up to at least 200 images, a state at each 64 and at the end.
    assertThat(heard.seen).hasSize(13).startsWith(16L, 32L).endsWith(208L);
    assertThat(heard.saved).containsExactly(64L, 128L, 192L, 208L);
    try (TrainingLoop again = loop(TinyTraining.options(200))) {
      assertThat(again.imagesSeen()).isEqualTo(208);
      // The clock is asked four times a step.
      assertThat(again.seconds()).isEqualTo(13 * 3);
    }
  }

  @Test
  void run_aFinishedRun_doesNothingMore() throws IOException {
    train(TinyTraining.options(64));

    assertThat(train(TinyTraining.options(64)).seen).isEmpty();
  }

  @Test
  void run_interruptedAnywhere_endsAsTheUnbrokenRun() throws IOException {
    Path unbroken = Files.createDirectory(folder.resolve("unbroken"));
    try (TrainingLoop loop =
        new TrainingLoop(TinyTraining.options(192), DATA, unbroken, Device.cpu(), clock)) {
      loop.run(new Heard());
    }
    for (long images : new long[] {64, 80, 128, 192}) {
      train(TinyTraining.options(images));
    }

    assertSameState(unbroken, folder);
  }

  static void assertSameState(Path one, Path other) {
    assertSameState(one, other, TinyTraining.options(192));
  }

  static void assertSameState(Path one, Path other, TrainingOptions options) {
    assertThat(TrainingState.find(other, options).orElseThrow().progress().imagesSeen())
        .isEqualTo(TrainingState.find(one, options).orElseThrow().progress().imagesSeen());
    try (SafetensorsFile expected = SafetensorsFile.open(one.resolve(STATE));
        SafetensorsFile found = SafetensorsFile.open(other.resolve(STATE))) {
      assertThat(found.shapes().keySet()).isEqualTo(expected.shapes().keySet());
      for (String name : expected.shapes().keySet()) {
        assertThat(found.tensor(name).values()).as(name).isEqualTo(expected.tensor(name).values());
      }
    }
  }

  @Test
  void construct_otherOptionsOverAnEarlierRun_areRefused() throws IOException {
    train(TinyTraining.options(16));

    assertThatThrownBy(() -> loop(TinyTraining.options(16, 8, 5e-3, Precision.FLOAT32)))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(
            folder.resolve(STATE) + " was written by a run with",
            "batch-size=16 ",
            "this run has",
            "batch-size=8 ",
            "Choose another --out, or the same options to go on");
  }

  @Test
  void construct_moreImagesOrOtherSavings_goOn() throws IOException {
    train(TinyTraining.options(16));

    assertThat(train(TinyTraining.options(48)).seen).containsExactly(32L, 48L);
  }

  @Test
  void run_aState_isTheFileThatEarlierReleasesWroteAndRead() throws IOException {
    TrainingOptions options = TinyTraining.options(64);
    Weights averages;
    try (TrainingLoop loop = loop(options)) {
      loop.run(new Heard());
      averages = loop.averages();
    }
    byte[] file = Files.readAllBytes(folder.resolve(STATE));

    // Those had all of it in memory, in this order.
    Weights all = Safetensors.read(STATE, file);
    Set<String> names = averages.tensors().keySet();
    assertThat(all.tensors().keySet())
        .containsExactlyElementsOf(
            Stream.of("parameter/", "first/", "second/", "average/")
                .flatMap(part -> names.stream().map(part::concat))
                .toList());
    averages
        .tensors()
        .forEach(
            (name, tensor) ->
                assertThat(all.tensor("average/" + name).values()).isEqualTo(tensor.values()));
    Map<String, String> metadata = Safetensors.metadata(STATE, file);
    assertThat(metadata.keySet()).containsExactly("options", "images_seen", "seconds", "losses");
    assertThat(metadata)
        .containsEntry("options", TrainingState.identity(options))
        .containsEntry("images_seen", "64")
        .containsEntry("seconds", "12.0");
    assertThat(Safetensors.write(all, metadata)).isEqualTo(file);
  }

  @Test
  void construct_aStateThatLacksATensor_isRefused() throws IOException {
    train(TinyTraining.options(16));
    Path file = folder.resolve(STATE);
    byte[] whole = Files.readAllBytes(file);
    Map<String, Weights.Tensor> some =
        new LinkedHashMap<>(Safetensors.read(STATE, whole).tensors());
    some.remove("second/stem.bias");
    Files.write(file, Safetensors.write(new Weights(some), Safetensors.metadata(STATE, whole)));

    assertThatThrownBy(() -> loop(TinyTraining.options(32)))
        .isInstanceOf(DataException.class)
        .hasMessage(file + " holds no tensor 'second/stem.bias'");
  }

  @Test
  void construct_aDamagedState_isRefused() throws IOException {
    train(TinyTraining.options(16));
    Path file = folder.resolve(STATE);
    byte[] whole = Files.readAllBytes(file);

    for (int kept : new int[] {0, 100, whole.length / 2, whole.length - 1}) {
      Files.write(file, Arrays.copyOf(whole, kept));
      assertThatThrownBy(() -> loop(TinyTraining.options(16)))
          .as("%d bytes", kept)
          .isInstanceOf(DataException.class)
          .hasMessageContaining(STATE);
    }
    // The header holds the options, so a file without them was no state of ours.
    String text = new String(whole, StandardCharsets.ISO_8859_1);
    for (String[] change :
        new String[][] {
          {"\"options\"", "\"optionz\""}, {"\"images_seen\":\"", "\"images_seen\":\"x"}
        }) {
      byte[] changed = text.replace(change[0], change[1]).getBytes(StandardCharsets.ISO_8859_1);
      // The length of the header stands in its first bytes.
      changed[0] += (byte) (change[1].length() - change[0].length());
      Files.write(file, changed);
      assertThatThrownBy(() -> loop(TinyTraining.options(16)))
          .as(change[1])
          .isInstanceOf(DataException.class)
          .hasMessageContaining(STATE);
    }
  }

  @Test
  void run_aLossThatIsNoNumber_stopsAndKeepsTheStateBefore() throws IOException {
    train(TinyTraining.options(64));
    Path file = folder.resolve(STATE);
    byte[] before = Files.readAllBytes(file);
    TrainingOptions options = TinyTraining.options(128);
    Weights weights = Safetensors.read(STATE, before);
    weights.tensor("parameter/stem.bias").values()[0] = Float.NaN;
    byte[] broken = Safetensors.write(weights, Safetensors.metadata(STATE, before));
    Files.write(file, broken);

    assertThatThrownBy(() -> train(options))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the loss became NaN after 64 images; a smaller --learning-rate may help");
    assertThat(Files.readAllBytes(file)).isEqualTo(broken);
  }

  @Test
  void run_manySteps_keepsAFlatCountOfArrays() throws IOException {
    try (TrainingLoop loop = loop(TinyTraining.options(1600))) {
      List<Integer> counts = new ArrayList<>();
      loop.run(
          new TrainingListener() {
            @Override
            public void stepDone(long imagesSeen, long images, double loss) {
              counts.add(loop.manager().getManagedArrays().size());
            }

            @Override
            public void saved(long imagesSeen) {
              counts.add(loop.manager().getManagedArrays().size());
            }
          });
      assertThat(counts).hasSize(125).containsOnly(counts.get(0));
    }
  }
}
