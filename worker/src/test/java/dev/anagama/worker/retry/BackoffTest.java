package dev.anagama.worker.retry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BackoffTest {
  @Property
  void pause_doublesUpToItsBoundAndIsDrawnFromTheUpperHalf(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = Integer.MAX_VALUE) int failures) {
    long pauseMillis = new Backoff(100, 5000, new Random(seed)).pauseMillis(failures);

    long range = failures > 6 ? 5000 : Math.min(5000, 100L << (failures - 1));
    assertThat(pauseMillis).isBetween(range / 2, range);
  }

  @Test
  void boundBelowTheFirstPause_isRefused() {
    assertThatThrownBy(() -> new Backoff(10, 9, new Random(1))).hasMessageContaining("10");
  }
}
