package dev.anagama.trainer.metric;

import java.util.Collection;
import java.util.List;

/**
 * What a figure would be with infinitely many samples (Chong and Forsyth, arXiv 1911.07023). The
 * bias of the Frechet distance and the inception score is nearly linear in 1/N, with a slope that
 * depends on the model, so that equal N does not make models comparable: the figure is computed for
 * several N, a line in 1/N is fitted, and its value at 1/N = 0 is taken.
 */
public final class InfiniteSamples {
  private InfiniteSamples() {}

  /**
   * A figure of so many samples.
   *
   * @param samples N, at least 1
   * @param value the figure
   */
  public record Measured(int samples, double value) {}

  /**
   * The intercept of the line of least squares.
   *
   * @throws IllegalArgumentException if there are not at least two different N
   */
  public static double extrapolate(Collection<Measured> figures) {
    List<Double> inverse = figures.stream().map(figure -> 1.0 / figure.samples()).toList();
    if (inverse.stream().distinct().count() < 2) {
      throw new IllegalArgumentException("figures are of one N; needed: at least two different");
    }
    double meanInverse = MeanAndSpread.of(inverse).mean();
    double meanValue = MeanAndSpread.of(figures.stream().map(Measured::value).toList()).mean();
    double products = 0;
    double squares = 0;
    for (Measured figure : figures) {
      double difference = 1.0 / figure.samples() - meanInverse;
      products += difference * (figure.value() - meanValue);
      squares += difference * difference;
    }
    return meanValue - products / squares * meanInverse;
  }
}
