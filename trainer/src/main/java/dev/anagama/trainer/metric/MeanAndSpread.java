package dev.anagama.trainer.metric;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Collection;

/**
 * A figure over repetitions.
 *
 * @param mean of the values
 * @param standardDeviation of the values around their mean, divided by n - 1; 0 for one value
 * @param count of the values
 */
public record MeanAndSpread(
    @JsonProperty("mean") double mean,
    @JsonProperty("standard_deviation") double standardDeviation,
    @JsonProperty("count") int count) {
  /**
   * Of some values.
   *
   * @throws IllegalArgumentException if there are none
   */
  public static MeanAndSpread of(Collection<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("there are no values; needed: at least one");
    }
    double mean = values.stream().mapToDouble(Double::doubleValue).sum() / values.size();
    double squares = values.stream().mapToDouble(value -> (value - mean) * (value - mean)).sum();
    double deviation = values.size() == 1 ? 0 : Math.sqrt(squares / (values.size() - 1));
    return new MeanAndSpread(mean, deviation, values.size());
  }
}
