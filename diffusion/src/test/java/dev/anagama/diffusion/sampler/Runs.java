package dev.anagama.diffusion.sampler;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.guidance.ClassifierFreeGuidance;
import dev.anagama.diffusion.guidance.GaussianMixture;
import dev.anagama.diffusion.guidance.Guidance;
import dev.anagama.diffusion.schedule.CosineSchedule;
import dev.anagama.diffusion.schedule.StepGrid;
import java.util.List;
import java.util.stream.IntStream;

/** Whole runs over data whose denoiser is exact. */
final class Runs {
  private Runs() {}

  static List<Step> steps(Sampler sampler, int steps) {
    return sampler.steps(StepGrid.uniform(CosineSchedule.DEFAULT, steps));
  }

  static List<GuidedImage> images(int count, long condition, Guidance guidance, long seed) {
    return IntStream.range(0, count)
        .mapToObj(i -> new GuidedImage(condition, guidance, new NoiseStream(seed, i)))
        .toList();
  }

  /** Samples of shape [count, channels, 1, 1], unclipped, flat. */
  static float[] sample(
      GaussianMixture data, List<Step> steps, List<GuidedImage> images, int channels) {
    DenoisingLoop loop =
        new DenoisingLoop(
            new ClassifierFreeGuidance(data, data.nullCondition()), steps, /* clip= */ false);
    try (NDManager manager = NDManager.newBaseManager()) {
      return loop.sample(manager, images, new Shape(channels, 1, 1), StepListener.SILENT)
          .toFloatArray();
    }
  }
}
