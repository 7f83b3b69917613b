package dev.anagama.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class QuantilesTest {
  @Test
  void of_oneToAHundredInAnyOrder_isTheShareItself() {
    List<Double> numbers = IntStream.range(0, 100).mapToObj(i -> 100.0 - i).toList();

    assertThat(Quantiles.of(numbers, 0.95)).isEqualTo(95);
    assertThat(Quantiles.of(numbers, 1)).isEqualTo(100);
    assertThat(Quantiles.of(numbers, 0.001)).isEqualTo(1);
  }

  @Test
  void median_evenCount_isBetweenTheTwoInTheMiddle() {
    assertThat(Quantiles.median(List.of(4.0, 1.0, 3.0, 2.0))).isEqualTo(2.5);
    assertThat(Quantiles.median(List.of(9.0, 1.0, 2.0))).isEqualTo(2);
  }
}
