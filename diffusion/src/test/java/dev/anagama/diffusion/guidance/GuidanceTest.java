package dev.anagama.diffusion.guidance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class GuidanceTest {
  @Test
  void weightAt_insideAndOutside_isTheWeightOrNothing() {
    Guidance guidance = new Guidance(1.5, new GuidanceInterval(-2, 3));

    assertThat(guidance.weightAt(-2.1)).isZero();
    assertThat(guidance.weightAt(-2)).isEqualTo(1.5);
    assertThat(guidance.weightAt(2.9)).isEqualTo(1.5);
    assertThat(guidance.weightAt(3)).isZero();
  }

  @Test
  void always_anyLevel_isInside() {
    assertThat(new Guidance(2, GuidanceInterval.ALWAYS).weightAt(-40)).isEqualTo(2);
    assertThat(new Guidance(2, GuidanceInterval.ALWAYS).weightAt(40)).isEqualTo(2);
    assertThat(Guidance.NONE.weightAt(0)).isZero();
  }

  @Test
  void construct_badWeight_isRefused() {
    assertThatThrownBy(() -> new Guidance(-0.1, GuidanceInterval.ALWAYS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("guidance.weight is -0.1, must be finite and at least 0");
    assertThatThrownBy(() -> new Guidance(Double.NaN, GuidanceInterval.ALWAYS))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Guidance(Double.POSITIVE_INFINITY, GuidanceInterval.ALWAYS))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void construct_emptyInterval_isRefused() {
    assertThatThrownBy(() -> new GuidanceInterval(1, 1))
        .hasMessage("guidanceInterval.minLogSnr is 1.0, must be less than maxLogSnr, which is 1.0");
    assertThatThrownBy(() -> new GuidanceInterval(Double.NaN, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
