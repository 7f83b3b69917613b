package dev.anagama.bench;

import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.CheckpointManifest;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.checkpoint.NetworkSource;
import dev.anagama.diffusion.checkpoint.SamplingDefaults;
import dev.anagama.diffusion.checkpoint.TrainingRecord;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.UNet;
import dev.anagama.diffusion.network.UNetConfig;
import dev.anagama.diffusion.network.Weights;
import dev.anagama.diffusion.schedule.LogSnrRange;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Writes checkpoints of a small U-Net that has learned nothing: 8 x 8 pixels, grey, three classes.
 */
public final class TinyCheckpoint {
  /** Classes of the model. */
  public static final int CLASSES = 3;

  /** Height and width of its images. */
  public static final int SIDE = 8;

  private static final UNetConfig NETWORK =
      new UNetConfig(1, 1, List.of(8, 16), List.of(1), 1, 2, 1, 16, CLASSES);

  private TinyCheckpoint() {}

  /** Writes a checkpoint into {@code folder}; another seed makes other images. */
  public static Checkpoint write(Path folder, String model, String version, long seed)
      throws IOException {
    CheckpointManifest manifest =
        new CheckpointManifest(
            CheckpointManifest.FORMAT_VERSION,
            model,
            version,
            new NetworkSource.UNet(NETWORK),
            "eps",
            LogSnrRange.DEFAULT,
            new ImageShape(1, SIDE, SIDE),
            List.of("circle", "square", "star"),
            CLASSES,
            new SamplingDefaults(4, 2, "ddim"),
            new TrainingRecord("none", 0, 0.1, 1, 1e-3, 1, Precision.FLOAT32, seed, 0),
            new TreeMap<>(),
            new TreeMap<>());
    return Checkpoint.write(folder, manifest, weights(seed));
  }

  /** Fresh weights, but no tensor is zero: such a network would answer 0 whatever it is asked. */
  private static Weights weights(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, Weights.Tensor> tensors = new LinkedHashMap<>();
    UNet.initialWeights(NETWORK, seed)
        .tensors()
        .forEach(
            (name, tensor) -> {
              float[] values = tensor.values().clone();
              for (int i = 0; i < values.length; i++) {
                values[i] = values[i] == 0 ? (float) random.nextDouble(-0.2, 0.2) : values[i];
              }
              tensors.put(name, new Weights.Tensor(tensor.shape(), values));
            });
    return new Weights(tensors);
  }
}
