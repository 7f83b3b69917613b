package dev.anagama.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CosineScheduleTest {
  static Stream<LogSnrRange> ranges() {
    return Stream.of(
        LogSnrRange.DEFAULT,
        new LogSnrRange(-40, 40),
        new LogSnrRange(-12, 9),
        new LogSnrRange(2, 7),
        new LogSnrRange(-7, -2));
  }

  @ParameterizedTest
  @MethodSource("ranges")
  void logSnr_endsOfTime_areExactlyTheRange(LogSnrRange range) {
    CosineSchedule schedule = new CosineSchedule(range);

    assertThat(schedule.logSnr(0)).isEqualTo(range.max());
    assertThat(schedule.logSnr(1)).isEqualTo(range.min());
    assertThat(schedule.time(range.max())).isZero();
    assertThat(schedule.time(range.min())).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("ranges")
  void logSnr_growingTime_strictlyFalls(LogSnrRange range) {
    CosineSchedule schedule = new CosineSchedule(range);
    double before = Double.POSITIVE_INFINITY;
    for (int i = 0; i <= 10_000; i++) {
      double logSnr = schedule.logSnr(i / 10_000.0);
      assertThat(logSnr).isLessThan(before);
      before = logSnr;
    }
  }

  @ParameterizedTest
  @MethodSource("ranges")
  void time_ofLogSnr_isTheTime(LogSnrRange range) {
    CosineSchedule schedule = new CosineSchedule(range);
    for (int i = 0; i <= 1000; i++) {
      double u = i / 1000.0;
      assertThat(schedule.time(schedule.logSnr(u))).isCloseTo(u, within(1e-14));
    }
  }

  @Test
  void logSnr_paperRange_followsThePrintedFormula() {
    double b = Math.atan(Math.exp(-10));
    double a = Math.atan(Math.exp(10)) - b;
    for (int i = 1; i < 1000; i++) {
      double u = i / 1000.0;
      double printed = -2 * Math.log(Math.tan(a * u + b));
      assertThat(CosineSchedule.DEFAULT.logSnr(u)).isCloseTo(printed, within(1e-11));
    }
  }

  @Test
  void logSnr_symmetricRange_isAntisymmetricToTheLastDigits() {
    for (int i = 0; i <= 1024; i++) {
      double u = i / 1024.0;
      double sum = CosineSchedule.DEFAULT.logSnr(u) + CosineSchedule.DEFAULT.logSnr(1 - u);
      assertThat(sum).isCloseTo(0, within(1e-14));
    }
  }

  @ParameterizedTest
  @MethodSource("ranges")
  void density_ofLogSnrForUniformTime_isTheHyperbolicSecant(LogSnrRange range) {
    // P(l < L) = 1 - time(L), so the density is -d time / d L; here by a central difference.
    CosineSchedule schedule = new CosineSchedule(range);
    double mass = secantMass(range.max()) - secantMass(range.min());
    double h = 1e-4;
    for (int i = 1; i < 200; i++) {
      double l = range.min() + (range.max() - range.min()) * i / 200;
      double density = (schedule.time(l - h) - schedule.time(l + h)) / (2 * h);
      double secant = 1 / Math.cosh(l / 2) / (2 * Math.PI);
      assertThat(density).isCloseTo(secant / mass, within(1e-8 / mass));
    }
  }

  /** Integral of sech(l/2) / (2 pi) up to l, by Gudermann's function. */
  private static double secantMass(double l) {
    return 0.5 + 2 / Math.PI * Math.atan(Math.tanh(l / 4));
  }

  @Test
  void arguments_outside_areRefusedWithWhatIsAllowed() {
    assertThatThrownBy(() -> CosineSchedule.DEFAULT.logSnr(1.01))
        .hasMessage("u is 1.01, must be within [0, 1]");
    assertThatThrownBy(() -> CosineSchedule.DEFAULT.logSnr(Double.NaN))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> CosineSchedule.DEFAULT.time(21))
        .hasMessage("logSnr is 21.0, must be within [-20.0, 20.0]");
  }
}
