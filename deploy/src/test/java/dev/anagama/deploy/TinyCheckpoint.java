package dev.anagama.deploy;

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
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** A checkpoint that is not trained, for tests: small, fast, and different for every class. */
public final class TinyCheckpoint {
  /** Name of the model. */
  public static final String MODEL = "tiny";

  /** Its version. */
  public static final String VERSION = "test-1";

  /** Names by label. */
  public static final List<String> CLASS_NAMES = List.of("ring", "cross", "T-shape/left");

  private static final UNetConfig NETWORK =
      new UNetConfig(1, 1, List.of(8, 16), List.of(1), 1, 2, 1, 16, CLASS_NAMES.size());

  private TinyCheckpoint() {}

  /** Writes it into {@code folder}. */
  public static Checkpoint write(Path folder) throws IOException {
    return Checkpoint.write(folder, manifest(), weights());
  }

  private static CheckpointManifest manifest() {
    return new CheckpointManifest(
        CheckpointManifest.FORMAT_VERSION,
        MODEL,
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
  }

  /** Fresh weights predict no noise at all, whatever the class; these are shaken. */
  private static Weights weights() {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(7);
    Map<String, Weights.Tensor> shaken = new LinkedHashMap<>();
    UNet.initialWeights(NETWORK, 7)
        .tensors()
        .forEach(
            (name, tensor) -> {
              float[] values = tensor.values().clone();
              for (int i = 0; i < values.length; i++) {
                values[i] += (float) (0.1 * random.nextGaussian());
              }
              shaken.put(name, new Weights.Tensor(tensor.shape(), values));
            });
    return new Weights(shaken);
  }
}
