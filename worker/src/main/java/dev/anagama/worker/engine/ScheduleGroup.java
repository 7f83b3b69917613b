package dev.anagama.worker.engine;

import dev.anagama.diffusion.sampler.Sampler;
import dev.anagama.diffusion.sampler.Step;
import dev.anagama.diffusion.schedule.LogSnrRange;
import dev.anagama.diffusion.schedule.ScheduleKind;
import dev.anagama.diffusion.schedule.StepGrid;
import java.util.List;

/**
 * The steps that rows of one model with one schedule share: their coefficients are computed once,
 * in double.
 *
 * @param key what the rows have in common
 * @param steps evaluations of the network, noisiest first, at least one
 */
record ScheduleGroup(Key key, List<Step> steps) {
  /**
   * What tells two groups of a model apart.
   *
   * @param levels noise levels, {@code num_inference_steps} of a job
   * @param schedule where they come from
   * @param sampler how steps are taken
   */
  record Key(int levels, ScheduleKind schedule, Sampler sampler) {}

  /**
   * Computes the steps.
   *
   * @param range the model's
   */
  static ScheduleGroup of(LogSnrRange range, Key key) {
    StepGrid grid = StepGrid.uniform(key.schedule().over(range), key.levels());
    return new ScheduleGroup(key, key.sampler().steps(grid));
  }

  /**
   * Levels that are done after some evaluations, for a caller who counts in levels: a sampler may
   * ask the network twice for one.
   */
  int levelsDone(int evaluations) {
    return evaluations * key.levels() / steps.size();
  }
}
