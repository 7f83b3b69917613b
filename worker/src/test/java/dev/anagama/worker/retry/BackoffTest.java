package dev.anagama.worker.retry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {
  @Test
  void pause_doublesUpToItsBoundAndIsDrawnFromTheUpperHalf() {
    for (int seed = 0; seed < 1000; seed++) {
      int failures = seed < 500 ? 1 + seed % 10 : Integer.MAX_VALUE - seed;
      long pauseMillis = new Backoff(100, 5000, new Random(seed)).pauseMillis(failures);

      long range = Math.min(5000, 100L << Math.min(failures - 1, 6));
      assertThat(pauseMillis).as("seed %d", seed).isBetween(range / 2, range);
    }
  }

  @Test
  void boundBelowTheFirstPause_isRefused() {
    assertThatThrownBy(() -> new Backoff(10, 9, new Random(1))).hasMessageContaining("10");
  }
}
