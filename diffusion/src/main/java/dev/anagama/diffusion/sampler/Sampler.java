package dev.anagama.diffusion.sampler;

import dev.anagama.diffusion.schedule.StepGrid;
import java.util.List;

/** Turns a grid of noise levels into the coefficients of its steps. */
public sealed interface Sampler permits AncestralSampler, DdimSampler {
  /**
   * The steps of a run, noisiest first, one for each level of the grid; the last yields the image.
   */
  List<Step> steps(StepGrid grid);
}
