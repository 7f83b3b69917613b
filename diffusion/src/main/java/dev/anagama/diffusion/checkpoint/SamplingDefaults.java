package dev.anagama.diffusion.checkpoint;

/**
 * What a job gets that asks for nothing else.
 *
 * @param numInferenceSteps steps of the reverse process, 1 to {@value #MAX_STEPS}
 * @param guidanceScale 1 + w, 1 to 50
 * @param sampler {@code ancestral} or {@code ddim}
 */
public record SamplingDefaults(int numInferenceSteps, double guidanceScale, String sampler) {
  /** Most steps that a checkpoint may recommend. */
  public static final int MAX_STEPS = 1000;

  /** Strongest guidance that a checkpoint may recommend, as 1 + w. */
  public static final double MAX_GUIDANCE_SCALE = 50;

  public SamplingDefaults {
    if (numInferenceSteps < 1 || numInferenceSteps > MAX_STEPS) {
      throw new IllegalArgumentException(
          "defaults.num_inference_steps is %d; allowed: 1 to %d"
              .formatted(numInferenceSteps, MAX_STEPS));
    }
    if (!(guidanceScale >= 1 && guidanceScale <= MAX_GUIDANCE_SCALE)) {
      throw new IllegalArgumentException(
          "defaults.guidance_scale is " + guidanceScale + "; allowed: 1 to 50");
    }
    if (!sampler.equals("ancestral") && !sampler.equals("ddim")) {
      throw new IllegalArgumentException(
          "defaults.sampler is '" + sampler + "'; allowed: ancestral, ddim");
    }
  }
}
