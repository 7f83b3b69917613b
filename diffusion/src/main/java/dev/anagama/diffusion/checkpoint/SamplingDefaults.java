package dev.anagama.diffusion.checkpoint;

import dev.anagama.diffusion.schedule.ScheduleKind;
import java.util.List;

/**
 * What a job gets that asks for nothing else.
 *
 * @param numInferenceSteps steps of the reverse process, 1 to {@value #MAX_STEPS}
 * @param guidanceScale 1 + w, 1 to 50
 * @param sampler one of {@link #SAMPLERS}
 * @param schedule where noise levels come from
 */
public record SamplingDefaults(
    int numInferenceSteps, double guidanceScale, String sampler, ScheduleKind schedule) {
  /** Most steps that a checkpoint may recommend. */
  public static final int MAX_STEPS = 1000;

  /** Strongest guidance that a checkpoint may recommend, as 1 + w. */
  public static final double MAX_GUIDANCE_SCALE = 50;

  /** Samplers by the names that jobs use. */
  public static final List<String> SAMPLERS = List.of("ancestral", "ddim", "dpmpp_2m", "heun");

  /** With the paper's schedule. */
  public SamplingDefaults(int numInferenceSteps, double guidanceScale, String sampler) {
    this(numInferenceSteps, guidanceScale, sampler, ScheduleKind.COSINE);
  }

  /**
   * Checks ranges and names.
   *
   * @throws IllegalArgumentException naming the field, its value and what is allowed
   */
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
    if (!SAMPLERS.contains(sampler)) {
      throw new IllegalArgumentException(
          "defaults.sampler is '" + sampler + "'; allowed: " + String.join(", ", SAMPLERS));
    }
  }
}
