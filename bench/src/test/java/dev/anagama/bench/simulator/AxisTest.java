package dev.anagama.bench.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class AxisTest {
  @Test
  void linear_anyLargest_endsOnAMark() {
    Axis axis = Axis.linear("n", 37);
    assertThat(axis.max()).isGreaterThanOrEqualTo(37);
    assertThat(axis.ticks()).startsWith(0.0).endsWith(axis.max()).hasSizeLessThanOrEqualTo(9);
    assertThat(axis.position(axis.max() / 4)).isCloseTo(0.25, within(1e-9));
  }

  @Test
  void logarithmic_anyRange_isWithinMarksOfOneTwoAndFive() {
    Axis axis = Axis.logarithmic("s", 0.13, 44);
    assertThat(axis.min()).isCloseTo(0.1, within(1e-12));
    assertThat(axis.max()).isCloseTo(50, within(1e-9));
    assertThat(axis.ticks()).hasSize(9);
    assertThat(axis.position(Math.sqrt(0.1 * 50))).isCloseTo(0.5, within(1e-9));
  }

  @Test
  void label_anyValue_isShort() {
    assertThat(Axis.label(0)).isEqualTo("0");
    assertThat(Axis.label(0.2)).isEqualTo("0.2");
    assertThat(Axis.label(50)).isEqualTo("50");
    assertThat(Axis.label(0.00002)).isEqualTo("2e-05");
  }
}
