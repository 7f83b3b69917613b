package dev.anagama.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.CheckpointManifest;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.checkpoint.NetworkSource;
import dev.anagama.diffusion.checkpoint.SamplingDefaults;
import dev.anagama.diffusion.checkpoint.TrainingRecord;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.UNetConfig;
import dev.anagama.diffusion.schedule.LogSnrRange;
import dev.anagama.trainer.data.DataException;
import dev.anagama.trainer.data.DataFolder;
import dev.anagama.trainer.data.IdxFiles;
import dev.anagama.trainer.data.IdxSamples;
import dev.anagama.trainer.data.LabelledImages;
import dev.anagama.trainer.training.NetworkSize;
import dev.anagama.trainer.training.TinyTraining;
import dev.anagama.trainer.training.TrainingListener;
import dev.anagama.trainer.training.TrainingOptions;
import dev.anagama.trainer.training.TrainingOptions.Subject;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {
  @TempDir private Path folder;

  private Path data;
  private Path out;

  /** Images seen at each step. */
  private final List<Long> steps = new ArrayList<>();

  private final TrainingListener listener =
      new TrainingListener() {
        @Override
        public void stepDone(long imagesSeen, long images, double loss) {
          steps.add(imagesSeen);
        }

        @Override
        public void saved(long imagesSeen) {}
      };

  @BeforeEach
  void writeData() throws IOException {
    data = Files.createDirectory(folder.resolve("data"));
    out = folder.resolve("out");
    IdxSamples.write(data, IdxFiles.Split.TRAIN, IdxSamples.halves(40, 1), ".gz");
  }

  private Checkpoint train(TrainingOptions options) throws IOException {
    return Trainer.train(
        options, new DataFolder(data), out, Device.cpu(), () -> Instant.EPOCH, listener);
  }

  @Test
  void train_aShortRun_leavesCheckpointAndPictures() throws IOException {
    Checkpoint checkpoint = train(TinyTraining.options(64));

    assertThat(steps).containsExactly(16L, 32L, 48L, 64L);
    assertThat(checkpoint.folder()).isEqualTo(out.resolve("checkpoint"));
    CheckpointManifest manifest = Checkpoint.read(out.resolve("checkpoint")).manifest();
    assertThat(manifest)
        .isEqualTo(
            new CheckpointManifest(
                1,
                "tiny",
                "0k-seed7",
                new NetworkSource.UNet(
                    new UNetConfig(1, 1, List.of(8, 16), List.of(1), 1, 2, 1, 16, 2)),
                "eps",
                LogSnrRange.DEFAULT,
                new ImageShape(1, 8, 8),
                List.of("left", "top"),
                2,
                new SamplingDefaults(4, 2.0, "ddim"),
                new TrainingRecord("Halves", 64, 0.1, 16, 5e-3, 500, Precision.FLOAT32, 7, 0),
                new TreeMap<>(Map.of("weights.safetensors", checkpoint.weightsSha256())),
                new TreeMap<>()));

    BufferedImage curve = ImageIO.read(out.resolve("loss.png").toFile());
    assertThat(curve.getWidth()).isEqualTo(900);
    BufferedImage samples = ImageIO.read(out.resolve("samples.png").toFile());
    // Two classes below each other, three scales of six images beside each other, doubled.
    assertThat(samples.getWidth()).isGreaterThan(3 * 6 * 16);
    assertThat(samples.getHeight()).isGreaterThan(2 * 16);
  }

  @Test
  void train_theSameAgain_doesNothingMoreAndLeavesTheSame() throws IOException {
    String weights = train(TinyTraining.options(32)).weightsSha256();
    steps.clear();

    assertThat(train(TinyTraining.options(32)).weightsSha256()).isEqualTo(weights);
    assertThat(steps).isEmpty();
    assertThat(out.resolve("loss.png")).isRegularFile();
  }

  @Test
  void train_moreLabelsThanNames_isRefusedBeforeAnyStep() throws IOException {
    LabelledImages images = IdxSamples.halves(40, 1);
    images.labels()[3] = 2;
    IdxSamples.write(data, IdxFiles.Split.TRAIN, images, ".gz");

    assertThatThrownBy(() -> train(TinyTraining.options(32)))
        .isInstanceOf(DataException.class)
        .hasMessage(data + " has label 2; the options name 2 classes");
    assertThat(out).doesNotExist();
  }

  @Test
  void train_aNameThatNoCheckpointMayHave_isRefusedBeforeAnyStep() {
    TrainingOptions tiny = TinyTraining.options(32);
    TrainingOptions badName =
        tiny.with(new Subject("Not a name", "Halves", tiny.subject().classNames()));

    assertThatThrownBy(() -> train(badName))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("model is Not a name; allowed: 1 to 64 of [a-z0-9._-]");
    assertThat(steps).isEmpty();
    assertThat(out).doesNotExist();
  }

  @Test
  void train_aNetworkWhoseCheckpointNoFileHolds_isRefusedBeforeAnyStep() {
    TrainingOptions tiny = TinyTraining.options(32);
    TrainingOptions large = tiny.with(new NetworkSize(List.of(2048, 2048), List.of(8), 1, 0, 64));

    assertThatThrownBy(() -> train(large))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching(
            "the weights of the checkpoint take [2-9],[0-9,]+ bytes; allowed: at most 2,000,000,000");
    assertThat(steps).isEmpty();
    assertThat(out).doesNotExist();
  }

  @Test
  void train_imagesThatTheNetworkCanNotHalve_areRefusedBeforeAnyStep() throws IOException {
    IdxSamples.write(
        data,
        IdxFiles.Split.TRAIN,
        new LabelledImages(new ImageShape(1, 7, 8), new byte[40 * 56], new byte[40]),
        ".gz");

    assertThatThrownBy(() -> train(TinyTraining.options(32)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("image is ImageShape[channels=1, height=7, width=8]; allowed: ");
    assertThat(steps).isEmpty();
  }
}
