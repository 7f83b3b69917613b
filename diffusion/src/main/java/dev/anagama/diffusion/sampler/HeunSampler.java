package dev.anagama.diffusion.sampler;

import dev.anagama.diffusion.schedule.LogSnr;
import dev.anagama.diffusion.schedule.StepGrid;
import java.util.ArrayList;
import java.util.List;

/**
 * Heun's method, the deterministic sampler of EDM (Karras et al., arXiv 2206.00364, algorithm 1),
 * on the probability-flow equation of the variance-preserving process, {@code dz = x~ dalpha + eps~
 * dsigma}. A step from l to l' asks the network twice:
 *
 * <ol>
 *   <li>at l, which predicts {@code z^ = alpha' x~ + sigma' eps~}, DDIM's step;
 *   <li>at l' for that z^, and then goes along the mean of both: {@code z' = z + (alpha' - alpha)
 *       (x~ + x^) / 2 + (sigma' - sigma) (eps~ + eps^) / 2}.
 * </ol>
 *
 * The first half of the sum is what a row remembers in between. As in EDM the last step, to no
 * noise at all, is x~: T levels take 2 T - 1 evaluations.
 *
 * <p>EDM's own form is the same rule with alpha = 1 for {@code z / alpha}. It is exact under the
 * same condition, that x~ and eps~ do not change; but {@code z / alpha} grows without bound towards
 * the noisy end, and with it the error of a long step there. This form has only bounded terms, so
 * it takes any grid; {@code docs/decisions.md} has figures for both.
 */
public record HeunSampler() implements Sampler {
  @Override
  public List<Step> steps(StepGrid grid) {
    int last = grid.steps() - 1;
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < last; i++) {
      double from = grid.logSnr(i);
      double to = grid.logSnr(i + 1);
      double halfAlpha = (LogSnr.alpha(to) - LogSnr.alpha(from)) / 2;
      double halfSigma = (LogSnr.sigma(to) - LogSnr.sigma(from)) / 2;
      // z + halfAlpha x + halfSigma eps, with eps = (z - alpha x) / sigma put in.
      Step.Memory firstHalf =
          new Step.Memory(
              1 + halfSigma / LogSnr.sigma(from),
              halfAlpha - halfSigma * LogSnr.alpha(from) / LogSnr.sigma(from));
      steps.add(DdimSampler.deterministic(from, to).keeping(firstHalf));
      double z = halfSigma / LogSnr.sigma(to);
      double x = halfAlpha - z * LogSnr.alpha(to);
      steps.add(Step.at(to, z, x, /* noiseScale= */ 0).recalling(1));
    }
    steps.add(Step.last(grid.logSnr(last)));
    return List.copyOf(steps);
  }
}
