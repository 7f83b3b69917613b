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
 * A checkpoint that was never trained, for whatever does not care what images show: 8 x 8 pixels,
 * grey, and different for every class.
 */
public final class TinyModel {
  /** Its name. */
  public static final String NAME = "tiny";

  /** Its version. */
  public static final String VERSION = "test-1";

  /** Names by label; one is no name for a folder. */
  public static final List<String> CLASS_NAMES = List.of("ring", "cross", "T-shape/left");

  private static final UNetConfig NETWORK =
      new UNetConfig(1, 1, List.of(8, 16), List.of(1), 1, 2, 1, 16, CLASS_NAMES.size());

  private static final double SHAKE = 0.1;

  private TinyModel() {}

  /** Writes it into a folder, which is made. */
  public static Checkpoint write(Path folder) throws IOException {
    CheckpointManifest manifest =
        new CheckpointManifest(
            CheckpointManifest.FORMAT_VERSION,
            NAME,
            VERSION,
            new NetworkSource.UNet(NETWORK),
            "eps",
            LogSnrRange.DEFAULT,
            new ImageShape(1, 8, 8),
            CLASS_NAMES,
            NETWORK.nullCondition(),
            new SamplingDefaults(6, 2, "ddim"),
            new TrainingRecord("none", 0, 0.1, 1, 1e-3, 1, Precision.FLOAT32, 1, 0),
            new TreeMap<>(),
            new TreeMap<>());
    return Checkpoint.write(folder, manifest, weights());
  }

  /** Fresh weights predict no noise at all, and no neighbour could be seen in that. */
  private static Weights weights() {
    SplittableRandom random = new SplittableRandom(7);
    Map<String, Weights.Tensor> shaken = new LinkedHashMap<>();
    UNet.initialWeights(NETWORK, 7)
        .tensors()
        .forEach(
            (name, tensor) -> {
              float[] values = tensor.values().clone();
              for (int i = 0; i < values.length; i++) {
                values[i] += (float) (SHAKE * random.nextGaussian());
              }
              shaken.put(name, new Weights.Tensor(tensor.shape(), values));
            });
    return new Weights(shaken);
  }
}
