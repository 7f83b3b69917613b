package dev.anagama.bench.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.commons.rng.simple.RandomSource;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class ArrivalsTest {
  private static Arrivals.Stream start(Arrivals arrivals) {
    return arrivals.start(
        RandomSource.XO_SHI_RO_256_PP.create(3L), RandomSource.XO_SHI_RO_256_PP.create(4L));
  }

  /** Variance over mean of the number of arrivals in a second. */
  private static double dispersion(Arrivals arrivals, int seconds) {
    int[] counts = new int[seconds];
    Arrivals.Stream stream = start(arrivals);
    for (double at = stream.nextSeconds(); at < seconds; at = stream.nextSeconds()) {
      counts[(int) at]++;
    }
    double mean = 0;
    double square = 0;
    for (int count : counts) {
      mean += (double) count / seconds;
      square += (double) count * count / seconds;
    }
    assertThat(mean).isCloseTo(arrivals.ratePerSecond(), Percentage.withPercentage(8));
    return (square - mean * mean) / mean;
  }

  @Test
  void poisson_countsHaveTheVarianceOfTheirMean() {
    assertThat(dispersion(new Arrivals.Poisson(50), 20_000))
        .isCloseTo(1, Percentage.withPercentage(4));
  }

  @Test
  void bursty_countsVaryMoreAtTheSameMeanRate() {
    // Rates 100 and 33.3 for a quarter and the rest of the time: 1 + Var(rate) / mean(rate) = 17.7,
    // a little less as a second may hold a switch.
    Arrivals arrivals = new Arrivals.Bursty(50, new Burstiness(2, 10, 30));
    assertThat(dispersion(arrivals, 40_000)).isBetween(15.5, 18.5);
  }

  @Test
  void bursty_everythingInBursts_isQuietBetweenThem() {
    assertThat(new Burstiness(4, 10, 30).quietFactor()).isZero();
    assertThat(dispersion(new Arrivals.Bursty(50, new Burstiness(4, 10, 30)), 40_000))
        .isGreaterThan(100);
  }

  @Test
  void burstiness_moreThanAllJobsInBursts_isRefused() {
    assertThatThrownBy(() -> new Burstiness(4.1, 10, 30))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("4.1")
        .hasMessageContaining("1 to 4.0");
  }
}
