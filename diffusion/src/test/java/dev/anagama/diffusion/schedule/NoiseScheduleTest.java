package dev.anagama.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every schedule, and the closed forms of all but the cosine one. */
class NoiseScheduleTest {
  private static final LogSnrRange RANGE = new LogSnrRange(-9, 12);

  static Stream<NoiseSchedule> schedules() {
    return Stream.of(
        new CosineSchedule(RANGE),
        new LinearSchedule(RANGE),
        new RhoSchedule(RANGE, RhoSchedule.DEFAULT_RHO));
  }

  @ParameterizedTest
  @MethodSource("schedules")
  void logSnr_overTime_fallsFromOneEndToTheOther(NoiseSchedule schedule) {
    assertThat(schedule.logSnr(0)).isEqualTo(12);
    assertThat(schedule.logSnr(1)).isEqualTo(-9);
    for (int i = 0; i < 1000; i++) {
      assertThat(schedule.logSnr((i + 1) / 1000.0)).isLessThan(schedule.logSnr(i / 1000.0));
    }
    assertThatThrownBy(() -> schedule.logSnr(1.01)).hasMessage("u is 1.01, must be within [0, 1]");
    assertThatThrownBy(() -> schedule.logSnr(Double.NaN))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void linear_equalTimes_areEqualStepsOfLogSnr() {
    StepGrid grid = StepGrid.uniform(new LinearSchedule(RANGE), 8);
    for (int i = 0; i < 8; i++) {
      assertThat(grid.logSnr(i)).isCloseTo(-9 + 3.0 * i, within(1e-12));
    }
  }

  @Test
  void rho_edmsOwnEnds_isEquation5OfEdm() {
    StepGrid grid = StepGrid.uniform(RhoSchedule.over(LogSnrRange.DEFAULT), 18);
    for (int i = 0; i < 18; i++) {
      double s =
          Math.pow(
              Math.pow(80, 1 / 7.0) + i / 17.0 * (Math.pow(0.002, 1 / 7.0) - Math.pow(80, 1 / 7.0)),
              7);
      assertThat(Math.exp(-grid.logSnr(i) / 2) / s).isCloseTo(1, within(1e-9));
    }
  }

  @Test
  void over_anyModel_isWhatBothRangesHaveInCommon() {
    assertThat(LinearSchedule.over(LogSnrRange.DEFAULT).range()).isEqualTo(RhoSchedule.ENDS);
    assertThat(RhoSchedule.over(new LogSnrRange(-5, 40)).range())
        .isEqualTo(new LogSnrRange(-5, RhoSchedule.ENDS.max()));
    LogSnrRange apart = new LogSnrRange(13, 20);
    assertThat(RhoSchedule.over(apart).range()).isEqualTo(apart);
  }

  @Test
  void rho_notPositive_isRefused() {
    assertThatThrownBy(() -> new RhoSchedule(RANGE, 0))
        .hasMessage("rho is 0.0, must be finite and above 0");
  }
}
