package dev.anagama.diffusion.guidance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.anagama.diffusion.schedule.CosineSchedule;
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
        .hasMessage(
            "guidanceInterval.minLogSnr is 1.0; allowed: less than maxLogSnr, which is 1.0");
    assertThatThrownBy(() -> new GuidanceInterval(Double.NaN, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void growingWeight_overCosineTime_risesFromNothingToTwiceItsMean() {
    GuidanceWeight weight = GuidanceWeight.growing(1.5);
    CosineSchedule schedule = CosineSchedule.DEFAULT;
    double mean = 0;
    for (int i = 0; i < 1000; i++) {
      mean += weight.at(schedule.logSnr((i + 0.5) / 1000)) / 1000;
    }

    assertThat(mean).isCloseTo(1.5, within(1e-3));
    assertThat(weight.at(-20)).isCloseTo(0, within(1e-3));
    assertThat(weight.at(0)).isCloseTo(1.5, within(1e-12));
    assertThat(weight.at(20)).isCloseTo(3, within(1e-3));
    assertThat(new Guidance(weight, new GuidanceInterval(-1, 1)).weightAt(2)).isZero();
  }

  @Test
  void weightAt_functionThatIsWrong_isRefusedThere() {
    Guidance wrong = new Guidance(logSnr -> -logSnr, GuidanceInterval.ALWAYS);

    assertThat(wrong.weightAt(-1)).isEqualTo(1);
    assertThatThrownBy(() -> wrong.weightAt(1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("weight is -1.0 at 1.0, must be finite and at least 0");
  }
}
