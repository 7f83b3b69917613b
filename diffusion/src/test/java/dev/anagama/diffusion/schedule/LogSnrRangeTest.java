package dev.anagama.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LogSnrRangeTest {
  @Test
  void contains_ends_areIn() {
    LogSnrRange range = new LogSnrRange(-12, 9);

    assertThat(range.contains(-12)).isTrue();
    assertThat(range.contains(9)).isTrue();
    assertThat(range.contains(9.1)).isFalse();
    assertThat(range.contains(Double.NaN)).isFalse();
  }

  @Test
  void construct_endsInWrongOrder_namesBoth() {
    assertThatThrownBy(() -> new LogSnrRange(5, 5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("logSnrRange.min is 5.0, must be less than max, which is 5.0");
  }

  @Test
  void construct_endBeyondLimit_isRefused() {
    assertThatThrownBy(() -> new LogSnrRange(-41, 5)).hasMessageContaining("logSnrRange.min");
    assertThatThrownBy(() -> new LogSnrRange(-5, Double.NaN)).hasMessageContaining("max is NaN");
    assertThat(new LogSnrRange(-40, 40).max()).isEqualTo(40);
  }
}
