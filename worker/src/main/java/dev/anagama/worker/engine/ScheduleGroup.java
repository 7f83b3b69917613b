package dev.anagama.worker.engine;

import dev.anagama.diffusion.sampler.AncestralSampler;
import dev.anagama.diffusion.sampler.DdimSampler;
import dev.anagama.diffusion.sampler.Step;
import dev.anagama.diffusion.schedule.CosineSchedule;
import dev.anagama.diffusion.schedule.LogSnrRange;
import dev.anagama.diffusion.schedule.StepGrid;
import dev.anagama.v1.Sampler;
import java.util.List;

/**
 * The steps that rows of one model with one schedule share: their coefficients are computed once,
 * in double.
 *
 * @param sampler how steps are taken
 * @param steps noisiest first, at least one
 * @param table their coefficients, for passes
 */
record ScheduleGroup(Sampler sampler, List<Step> steps, StepTable table) {
  /**
   * Computes the steps: uniform in time on the cosine schedule.
   *
   * @param range the model's
   * @param steps how many
   * @throws InvalidJobException if the sampler is none that this worker has
   */
  static ScheduleGroup of(LogSnrRange range, int steps, Sampler sampler)
      throws InvalidJobException {
    StepGrid grid = StepGrid.uniform(new CosineSchedule(range), steps);
    List<Step> taken =
        switch (sampler) {
          case SAMPLER_ANCESTRAL -> new AncestralSampler().steps(grid);
          case SAMPLER_DDIM -> new DdimSampler().steps(grid);
          case SAMPLER_UNSPECIFIED, UNRECOGNIZED ->
              throw new InvalidJobException(
                  "sampler is %s; allowed: ancestral, ddim".formatted(sampler));
        };
    return new ScheduleGroup(sampler, taken, new StepTable(taken));
  }
}
