package dev.anagama.diffusion.sampler;

import dev.anagama.diffusion.schedule.StepGrid;
import java.util.List;

/**
 * Turns a grid of noise levels into the coefficients of its steps. It holds no state: what a row
 * carries from one evaluation to the next is named by its {@link Step}s and kept in its {@link
 * RowState}, so that rows of different samplers can share every forward pass.
 */
public sealed interface Sampler
    permits AncestralSampler, DdimSampler, DpmSolverSampler, HeunSampler {
  /**
   * The network evaluations of a run, noisiest first; the last yields the image. There is one for
   * each level of the grid, or more where the sampler asks the network twice for a step.
   */
  List<Step> steps(StepGrid grid);
}
