package dev.anagama.diffusion.sampler;

import dev.anagama.diffusion.schedule.StepGrid;
import java.util.ArrayList;
import java.util.List;

/**
 * DPM-Solver++ (2M) (Lu et al., arXiv 2211.01095, algorithm 2): DDIM's step with x~ replaced by
 * {@code (1 + 1/(2r)) x~_i - 1/(2r) x~_(i-1)}, the line through the last two predictions, followed
 * half a step on. Here {@code r = h_(i-1) / h_i} for steps of length h in {@code l / 2}, the
 * paper's lambda. One evaluation a step, second order; x~ is what a row remembers.
 *
 * <p>The first step has no prediction before it and is of first order, as is the last one, which
 * yields x~. So is a step more than {@value #LONGEST_STRETCH} times as long as the one before: the
 * line would be followed further than two points allow. That happens at the clean end of the cosine
 * schedule, whose last step is many times longer in l than the one before, and costs no order
 * there, because x~ hardly changes any more.
 */
public record DpmSolverSampler() implements Sampler {
  private static final double LONGEST_STRETCH = 2;

  @Override
  public List<Step> steps(StepGrid grid) {
    int last = grid.steps() - 1;
    List<Step> steps = new ArrayList<>();
    double before = 0;
    for (int i = 0; i < last; i++) {
      double length = grid.logSnr(i + 1) - grid.logSnr(i);
      Step step = DdimSampler.deterministic(grid.logSnr(i), grid.logSnr(i + 1));
      if (length <= LONGEST_STRETCH * before) {
        // 1 / (2r).
        step = withLine(step, length / (2 * before));
        steps.set(i - 1, steps.get(i - 1).keeping(Step.Memory.IMAGE));
      }
      steps.add(step);
      before = length;
    }
    steps.add(Step.last(grid.logSnr(last)));
    return List.copyOf(steps);
  }

  private static Step withLine(Step step, double ahead) {
    return new Step(
        step.logSnr(),
        step.alpha(),
        step.sigma(),
        step.zCoefficient(),
        step.xCoefficient() * (1 + ahead),
        -step.xCoefficient() * ahead,
        step.noiseScale(),
        step.keeps());
  }
}
