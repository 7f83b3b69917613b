package dev.anagama.trainer.sampling;

import dev.anagama.diffusion.guidance.Denoiser;
import dev.anagama.diffusion.guidance.NoisyClassifier;

/** Counts what is asked of networks, in rows. */
final class Evaluations {
  private long network;
  private long classifier;

  /** The same network, counted. Several are counted together. */
  Denoiser counting(Denoiser denoiser) {
    return (z, logSnr, condition) -> {
      network += z.getShape().get(0);
      return denoiser.predictNoise(z, logSnr, condition);
    };
  }

  /** The same classifier, counted. */
  NoisyClassifier countingGradients(NoisyClassifier asked) {
    return (z, logSnr, condition) -> {
      classifier += z.getShape().get(0);
      return asked.logProbabilityGradient(z, logSnr, condition);
    };
  }

  long network() {
    return network;
  }

  long classifier() {
    return classifier;
  }
}
