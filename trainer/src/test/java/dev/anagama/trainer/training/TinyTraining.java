package dev.anagama.trainer.training;

import dev.anagama.diffusion.checkpoint.SamplingDefaults;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.UNetArchitecture;
import dev.anagama.diffusion.network.UNetArchitecture.Resampling;
import dev.anagama.diffusion.network.UNetArchitecture.Skips;
import dev.anagama.diffusion.schedule.LogSnrRange;
import dev.anagama.diffusion.schedule.PredictionTarget;
import dev.anagama.trainer.training.TrainingOptions.Objective;
import dev.anagama.trainer.training.TrainingOptions.Optimisation;
import dev.anagama.trainer.training.TrainingOptions.Run;
import dev.anagama.trainer.training.TrainingOptions.Subject;
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
        new Subject("tiny", "Halves", List.of("left", "top")),
        new NetworkSize(List.of(8, 16), List.of(1), 1, 2, 16),
        new Objective(0.1, LogSnrRange.DEFAULT, PredictionTarget.NOISE),
        new Optimisation(batchSize, learningRate, 100, 0.01, 500),
        new Run(images, 64, 7),
        precision,
        new SamplingDefaults(4, 2.0, "ddim"));
  }

  /** All that a network and an optimiser may have, as small as it gets. */
  static TrainingOptions everything(long images) {
    TrainingOptions plain = options(images);
    return plain
        .with(
            new NetworkSize(
                List.of(8, 16),
                List.of(1, 1),
                1,
                0,
                4,
                16,
                new UNetArchitecture(Skips.BLOCK, Resampling.RESIDUAL, List.of(0, 1), 4, 0.1)))
        .with(new Optimisation(16, 5e-3, 100, 0.01, 0.999, 0, 500));
  }
}
