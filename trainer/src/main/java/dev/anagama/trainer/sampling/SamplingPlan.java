package dev.anagama.trainer.sampling;

import dev.anagama.diffusion.sampler.AncestralSampler;
import dev.anagama.diffusion.sampler.DdimSampler;
import dev.anagama.diffusion.sampler.DpmSolverSampler;
import dev.anagama.diffusion.sampler.HeunSampler;
import dev.anagama.diffusion.sampler.Sampler;
import dev.anagama.diffusion.sampler.Step;
import dev.anagama.diffusion.schedule.LogSnrRange;
import dev.anagama.diffusion.schedule.ScheduleKind;
import dev.anagama.diffusion.schedule.StepGrid;
import java.util.List;

/**
 * How noise becomes an image, in the names that jobs use.
 *
 * @param sampler {@code ddim}, {@code ancestral}, {@code dpmpp_2m} or {@code heun}
 * @param schedule {@code cosine}, {@code linear_log_snr} or {@code edm}
 * @param steps 1 to {@value StepGrid#MAX_STEPS}
 */
public record SamplingPlan(String sampler, String schedule, int steps) {
  /** The paper's schedule, and the one of jobs that name none. */
  public static final String COSINE = ScheduleKind.COSINE.label();

  /**
   * Checks names and steps.
   *
   * @throws IllegalArgumentException naming the field, its value and what is allowed
   */
  public SamplingPlan {
    samplerOf(sampler);
    var unused = ScheduleKind.ofLabel(schedule);
    if (steps < 1 || steps > StepGrid.MAX_STEPS) {
      throw new IllegalArgumentException(
          "steps is %d; allowed: 1 to %d".formatted(steps, StepGrid.MAX_STEPS));
    }
  }

  /** With the paper's schedule. */
  public SamplingPlan(String sampler, int steps) {
    this(sampler, COSINE, steps);
  }

  /** The steps over a model's levels. */
  public List<Step> stepsOver(LogSnrRange model) {
    return samplerOf(sampler)
        .steps(StepGrid.uniform(ScheduleKind.ofLabel(schedule).over(model), steps));
  }

  private static Sampler samplerOf(String name) {
    return switch (name) {
      case "ddim" -> new DdimSampler();
      case "ancestral" -> new AncestralSampler();
      case "dpmpp_2m" -> new DpmSolverSampler();
      case "heun" -> new HeunSampler();
      default ->
          throw new IllegalArgumentException(
              "sampler is %s; allowed: ancestral, ddim, dpmpp_2m, heun".formatted(name));
    };
  }
}
