package dev.anagama.bench;

import java.util.Collection;

/** Order statistics of measured numbers. */
public final class Quantiles {
  private Quantiles() {}

  /**
   * The smallest number that at least a share of all numbers does not exceed.
   *
   * @param numbers at least one
   * @param share above 0, at most 1
   */
  public static double of(Collection<Double> numbers, double share) {
    double[] sorted = sorted(numbers);
    return sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
  }

  /**
   * The middle number, or the mean of the two in the middle.
   *
   * @param numbers at least one
   */
  public static double median(Collection<Double> numbers) {
    double[] sorted = sorted(numbers);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  private static double[] sorted(Collection<Double> numbers) {
    if (numbers.isEmpty()) {
      throw new IllegalArgumentException("there are no numbers; at least one is needed");
    }
    return numbers.stream().mapToDouble(Double::doubleValue).sorted().toArray();
  }
}
