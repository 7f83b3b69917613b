package dev.anagama.trainer.training;

import dev.anagama.diffusion.checkpoint.SamplingDefaults;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.schedule.LogSnrRange;
import dev.anagama.diffusion.schedule.PredictionTarget;
import java.util.List;

/** Runs that take a moment. */
public final class TinyTraining {
  private TinyTraining() {}

  /** For the two classes of {@code IdxSamples.halves}; saves every 64 images. */
  public static TrainingOptions options(long images) {
    return options(images, 16, 5e-3, Precision.FLOAT32);
  }

  static TrainingOptions options(
      long images, int batchSize, double learningRate, Precision precision) {
    return new TrainingOptions(
        "tiny",
        "Halves",
        List.of("left", "top"),
        images,
        batchSize,
        learningRate,
        0.01,
        100,
        0.1,
        500,
        64,
        new TrainingOptions.NetworkSize(List.of(8, 16), List.of(1), 1, 2, 16),
        LogSnrRange.DEFAULT,
        precision,
        PredictionTarget.NOISE,
        new SamplingDefaults(4, 2.0, "ddim"),
        7);
  }
}
