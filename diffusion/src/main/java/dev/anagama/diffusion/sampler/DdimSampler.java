package dev.anagama.diffusion.sampler;

import dev.anagama.diffusion.schedule.LogSnr;
import dev.anagama.diffusion.schedule.StepGrid;
import dev.anagama.diffusion.schedule.Transition;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * DDIM (Song et al., arXiv 2010.02502, eq. 12): {@code z' = alpha' x~ + sqrt(sigma'^2 - d^2) eps~ +
 * d n}, where {@code d = eta sigma~} and sigma~^2 is the variance of the posterior (eq. 16). With
 * eta = 0 it adds no noise and the image follows from the first z alone; with eta = 1 it is the
 * ancestral sampler with the posterior's variance.
 *
 * <p>The step is written in (z, x~) with {@code eps~ = (z - alpha x~) / sigma} put in. Without
 * clipping that is the same thing. With clipping it means that the noise is derived again from the
 * clipped x~, so that z' stays consistent with the image it is heading for, as common
 * implementations do.
 *
 * @param eta how much of the posterior's noise is added, 0 to 1
 */
public record DdimSampler(double eta) implements Sampler {
  /**
   * Checks eta.
   *
   * @throws IllegalArgumentException if it is outside [0, 1]
   */
  public DdimSampler {
    if (!(eta >= 0 && eta <= 1)) {
      throw new IllegalArgumentException("eta is " + eta + ", must be within [0, 1]");
    }
  }

  /** Without noise. */
  public DdimSampler() {
    this(0);
  }

  @Override
  public List<Step> steps(StepGrid grid) {
    int last = grid.steps() - 1;
    return Stream.concat(
            IntStream.range(0, last).mapToObj(i -> between(grid.logSnr(i), grid.logSnr(i + 1))),
            Stream.of(Step.last(grid.logSnr(last))))
        .toList();
  }

  private Step between(double from, double to) {
    if (eta == 0) {
      return deterministic(from, to);
    }
    double variance = eta * eta * new Transition(from, to).posteriorVariance();
    double direction = Math.sqrt(LogSnr.sigmaSquared(to) - variance) / LogSnr.sigma(from);
    return Step.at(
        from, direction, LogSnr.alpha(to) - direction * LogSnr.alpha(from), Math.sqrt(variance));
  }

  /** The step with eta = 0, which is also the first-order step of other samplers. */
  static Step deterministic(double from, double to) {
    double zCoefficient = LogSnr.sigma(to) / LogSnr.sigma(from);
    // alpha' - sigma' alpha / sigma, where sigma' alpha / (sigma alpha') is e^((l-l')/2).
    double xCoefficient = -Math.expm1((from - to) / 2) * LogSnr.alpha(to);
    return Step.at(from, zCoefficient, xCoefficient, 0);
  }
}
