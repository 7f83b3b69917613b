package dev.anagama.bench.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LatenciesTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void quantile_oneGroup_isTheSmallestThatTheShareDoesNotExceed() {
    Latencies latencies = new Latencies(1, 0);
    for (int i = 100; i >= 1; i--) {
      latencies.add(0, i * SECOND);
    }

    assertThat(latencies.quantileSeconds(0.5)).isEqualTo(50);
    assertThat(latencies.quantileSeconds(0.95)).isEqualTo(95);
    assertThat(latencies.quantileSeconds(1)).isEqualTo(100);
    assertThat(latencies.meanSeconds()).isCloseTo(50.5, within(1e-9));
  }

  @Test
  void quantile_twoGroups_countByTheirWeights() {
    Latencies latencies = new Latencies(3, 1);
    latencies.add(0, SECOND);
    latencies.add(1, 9 * SECOND);

    assertThat(latencies.quantileSeconds(0.75)).isEqualTo(1);
    assertThat(latencies.quantileSeconds(0.76)).isEqualTo(9);
    assertThat(latencies.meanSeconds()).isCloseTo(3, within(1e-9));
  }

  @Test
  void quantile_nothingYet_isRefused() {
    assertThatThrownBy(() -> new Latencies(1, 1).quantileSeconds(0.5))
        .isInstanceOf(IllegalStateException.class);
  }
}
