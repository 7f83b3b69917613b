package dev.anagama.diffusion.sampler;

import dev.anagama.diffusion.schedule.StepGrid;
import dev.anagama.diffusion.schedule.Transition;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The sampler of the paper's Algorithm 2: each step draws from the Gaussian whose mean is that of
 * the posterior {@code q(z_l' | z_l, x~)} and whose variance lies between the posterior's and the
 * forward transition's, {@code (sigma~^2_l'|l)^(1-v) (sigma^2_l|l')^v} (eq. 4).
 *
 * @param v where the variance lies on a log scale: 0 is the posterior's, 1 the forward transition's
 */
public record AncestralSampler(double v) implements Sampler {
  /** The paper's value for 64x64 images (section 4.1). */
  public static final double DEFAULT_V = 0.3;

  /**
   * Checks v.
   *
   * @throws IllegalArgumentException if v is outside [0, 1]
   */
  public AncestralSampler {
    if (!(v >= 0 && v <= 1)) {
      throw new IllegalArgumentException("v is " + v + ", must be within [0, 1]");
    }
  }

  /** With {@link #DEFAULT_V}. */
  public AncestralSampler() {
    this(DEFAULT_V);
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
    Transition transition = new Transition(from, to);
    double variance =
        Math.pow(transition.posteriorVariance(), 1 - v) * Math.pow(transition.forwardVariance(), v);
    return Step.at(from, transition.zCoefficient(), transition.xCoefficient(), Math.sqrt(variance));
  }
}
