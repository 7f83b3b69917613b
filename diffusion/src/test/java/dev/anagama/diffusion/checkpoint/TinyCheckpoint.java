package dev.anagama.diffusion.checkpoint;

import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.RandomWeights;
import dev.anagama.diffusion.network.UNetArchitecture;
import dev.anagama.diffusion.network.UNetArchitecture.Resampling;
import dev.anagama.diffusion.network.UNetArchitecture.Skips;
import dev.anagama.diffusion.network.UNetConfig;
import dev.anagama.diffusion.network.Weights;
import dev.anagama.diffusion.schedule.LogSnrRange;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A checkpoint that nobody trained, and manifests with one thing changed. */
final class TinyCheckpoint {
  static final UNetConfig CONFIG = new UNetConfig(1, 2, List.of(4, 8), List.of(1), 1, 2, 1, 8, 3);

  /** All that a network may have beside the plain form. */
  static final UNetConfig ADM =
      new UNetConfig(
          1,
          1,
          List.of(4, 8, 8),
          List.of(1, 2, 1),
          2,
          0,
          2,
          8,
          3,
          new UNetArchitecture(Skips.BLOCK, Resampling.RESIDUAL, List.of(1, 2), 4, 0.1));

  private TinyCheckpoint() {}

  static CheckpointManifest manifest() {
    return manifest(new NetworkSource.UNet(CONFIG), Map.of());
  }

  static CheckpointManifest manifest(NetworkSource network, Map<String, String> files) {
    return manifest(network, files, new SamplingDefaults(32, 2.5, "ddim"));
  }

  private static CheckpointManifest manifest(
      NetworkSource network, Map<String, String> files, SamplingDefaults defaults) {
    return new CheckpointManifest(
        CheckpointManifest.FORMAT_VERSION,
        "tiny",
        "0k-seed1",
        network,
        "eps",
        LogSnrRange.DEFAULT,
        new ImageShape(1, 8, 12),
        List.of("ring", "cross", "T-shape"),
        3,
        defaults,
        new TrainingRecord("Shapes", 64_000, 0.1, 64, 2e-3, 100_000, Precision.BFLOAT16, -1, 12.5),
        new TreeMap<>(files),
        new TreeMap<>(Map.of("label_accuracy", 0.75)));
  }

  static Checkpoint writeAdm(Path folder) throws IOException {
    CheckpointManifest manifest = manifest(new NetworkSource.UNet(ADM), Map.of());
    return Checkpoint.write(folder, manifest, RandomWeights.of(ADM, 42));
  }

  static Weights weights() {
    return RandomWeights.of(CONFIG, 41);
  }

  static Checkpoint write(Path folder) throws IOException {
    return Checkpoint.write(folder, manifest(), weights());
  }

  static Checkpoint write(Path folder, SamplingDefaults defaults) throws IOException {
    CheckpointManifest manifest = manifest(new NetworkSource.UNet(CONFIG), Map.of(), defaults);
    return Checkpoint.write(folder, manifest, weights());
  }
}
