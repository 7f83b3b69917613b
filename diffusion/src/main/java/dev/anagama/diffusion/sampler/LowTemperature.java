package dev.anagama.diffusion.sampler;

import dev.anagama.diffusion.guidance.Denoiser;
import java.util.List;

/**
 * Low-temperature sampling, the baseline that the paper's abstract names: what guidance is meant to
 * do better. Two ways are known for diffusion models, and said to give blurred images: the score is
 * multiplied by more than 1, or the noise of an ancestral sampler by less than 1 (the paper's
 * introduction, after Dhariwal and Nichol, arXiv 2105.05233).
 *
 * @param scoreScale what multiplies eps, which is the score times -sigma; above 0, 1 changes
 *     nothing
 * @param noiseScale what multiplies the noise that steps add, 0 to 1; 1 changes nothing
 */
public record LowTemperature(double scoreScale, double noiseScale) {
  /**
   * Checks the factors.
   *
   * @throws IllegalArgumentException naming the one that is wrong
   */
  public LowTemperature {
    if (!(scoreScale > 0 && Double.isFinite(scoreScale))) {
      throw new IllegalArgumentException(
          "scoreScale is " + scoreScale + ", must be finite and above 0");
    }
    if (!(noiseScale >= 0 && noiseScale <= 1)) {
      throw new IllegalArgumentException("noiseScale is " + noiseScale + ", must be within [0, 1]");
    }
  }

  /** A denoiser whose score is scaled. */
  public Denoiser around(Denoiser denoiser) {
    return scoreScale == 1
        ? denoiser
        : (z, logSnr, condition) ->
            denoiser.predictNoise(z, logSnr, condition).mul((float) scoreScale);
  }

  /** Steps whose noise is shrunk. */
  public List<Step> shrunk(List<Step> steps) {
    return steps.stream().map(step -> step.withNoiseTimes(noiseScale)).toList();
  }
}
