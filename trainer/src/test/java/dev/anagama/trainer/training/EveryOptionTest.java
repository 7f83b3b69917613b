package dev.anagama.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.Safetensors;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.TorchDenoiser;
import dev.anagama.diffusion.network.Weights;
import dev.anagama.trainer.Trainer;
import dev.anagama.trainer.data.DataFolder;
import dev.anagama.trainer.data.IdxFiles;
import dev.anagama.trainer.data.IdxSamples;
import dev.anagama.trainer.data.LabelledImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A network with all that ADM's has, dropout too, and its optimiser's constants. */
class EveryOptionTest {
  private static final LabelledImages DATA = IdxSamples.halves(60, 1);

  @TempDir private Path folder;

  private final List<Double> losses = new ArrayList<>();

  private final TrainingListener listener =
      new TrainingListener() {
        @Override
        public void stepDone(long imagesSeen, long images, double loss) {
          losses.add(loss);
        }

        @Override
        public void saved(long imagesSeen) {}
      };

  private void train(Path out, long images) throws IOException {
    try (TrainingLoop loop =
        new TrainingLoop(
            TinyTraining.everything(images), DATA, out, Device.cpu(), () -> Instant.EPOCH)) {
      loop.run(listener);
    }
  }

  @Test
  void run_interruptedAnywhere_endsAsTheUnbrokenRun() throws IOException {
    Path unbroken = Files.createDirectory(folder.resolve("unbroken"));
    Path broken = Files.createDirectory(folder.resolve("broken"));

    train(unbroken, 160);
    List<Double> expected = List.copyOf(losses);
    losses.clear();
    for (long images : new long[] {48, 64, 160}) {
      train(broken, images);
    }

    assertThat(losses).isEqualTo(expected);
    TrainingLoopTest.assertSameState(unbroken, broken, TinyTraining.everything(160));
  }

  @Test
  void train_aCheckpoint_isServedAsItWasTrainedWithoutDropout() throws IOException {
    Path data = Files.createDirectory(folder.resolve("data"));
    IdxSamples.write(data, IdxFiles.Split.TRAIN, DATA, ".gz");
    TrainingOptions options = TinyTraining.everything(960);

    Checkpoint written =
        Trainer.train(
            options,
            new DataFolder(data),
            folder.resolve("out"),
            Device.cpu(),
            () -> Instant.EPOCH,
            listener);

    assertThat(losses.get(0)).isBetween(0.8, 1.2);
    assertThat(losses.get(losses.size() - 1)).isLessThan(0.8 * losses.get(0));
    Checkpoint read = Checkpoint.read(written.folder());
    try (TorchDenoiser served = read.open(Device.cpu(), Precision.FLOAT32);
        TorchDenoiser fromState =
            TorchDenoiser.ofUNet(
                TrainingLoop.config(options, DATA.shape()),
                averages(folder.resolve("out/training-state.safetensors")),
                Device.cpu(),
                Precision.FLOAT32);
        NDManager scope = NDManager.newBaseManager()) {
      float[] found = predict(served, scope);
      assertThat(found).isEqualTo(predict(fromState, scope));
      assertThat(predict(served, scope)).isEqualTo(found);
      float largest = 0;
      for (float value : found) {
        largest = Math.max(largest, Math.abs(value));
      }
      assertThat(largest).isGreaterThan(0.1f);
    }
  }

  private static Weights averages(Path state) throws IOException {
    Map<String, Weights.Tensor> found = new LinkedHashMap<>();
    Safetensors.read(state.toString(), Files.readAllBytes(state))
        .tensors()
        .forEach(
            (name, tensor) -> {
              if (name.startsWith("average/")) {
                found.put(name.substring("average/".length()), tensor);
              }
            });
    return new Weights(found);
  }

  private static float[] predict(TorchDenoiser denoiser, NDManager scope) {
    float[] z = new float[2 * 64];
    for (int i = 0; i < z.length; i++) {
      z[i] = (float) Math.sin(i);
    }
    return denoiser
        .predictNoise(
            scope.create(z, new Shape(2, 1, 8, 8)),
            scope.create(new float[] {-2, 3}),
            scope.create(new long[] {0, 2}))
        .toFloatArray();
  }
}
