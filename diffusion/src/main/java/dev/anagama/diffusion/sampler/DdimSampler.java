package dev.anagama.diffusion.sampler;

import dev.anagama.diffusion.schedule.LogSnr;
import dev.anagama.diffusion.schedule.StepGrid;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * DDIM with eta = 0 (Song et al., arXiv 2010.02502, eq. 12): {@code z' = alpha' x~ + sigma' eps~}.
 * It adds no noise; the image follows from the first z alone.
 *
 * <p>The step is written in (z, x~) with {@code eps~ = (z - alpha x~) / sigma} put in: {@code z' =
 * (sigma'/sigma) z + alpha' (1 - e^((l-l')/2)) x~}. Without clipping that is the same thing. With
 * clipping it means that the noise is derived again from the clipped x~, so that z' stays
 * consistent with the image it is heading for, as common implementations do.
 */
public record DdimSampler() implements Sampler {
  @Override
  public List<Step> steps(StepGrid grid) {
    int last = grid.steps() - 1;
    return Stream.concat(
            IntStream.range(0, last).mapToObj(i -> between(grid.logSnr(i), grid.logSnr(i + 1))),
            Stream.of(Step.last(grid.logSnr(last))))
        .toList();
  }

  private static Step between(double from, double to) {
    double zCoefficient = LogSnr.sigma(to) / LogSnr.sigma(from);
    // alpha' - sigma' alpha / sigma, where sigma' alpha / (sigma alpha') is e^((l-l')/2).
    double xCoefficient = -Math.expm1((from - to) / 2) * LogSnr.alpha(to);
    return Step.at(from, zCoefficient, xCoefficient, 0);
  }
}
