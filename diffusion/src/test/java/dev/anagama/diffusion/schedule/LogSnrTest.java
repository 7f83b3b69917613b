package dev.anagama.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogSnrTest {
  @ParameterizedTest
  @ValueSource(doubles = {-40, -20, -7.3, -1, -1e-9, 0, 1e-9, 0.5, 3, 20, 40})
  void powers_anyLevel_sumToOne(double logSnr) {
    double alpha = LogSnr.alpha(logSnr);
    double sigma = LogSnr.sigma(logSnr);

    assertThat(alpha * alpha + sigma * sigma).isCloseTo(1, within(4e-16));
  }

  @ParameterizedTest
  @ValueSource(doubles = {-40, -20, -7.3, -1, 0, 0.5, 3, 20, 40})
  void logOfPowerRatio_anyLevel_isTheLevel(double logSnr) {
    double back = Math.log(LogSnr.alphaSquared(logSnr)) - Math.log(LogSnr.sigmaSquared(logSnr));

    assertThat(back).isCloseTo(logSnr, within(1e-14));
  }

  @Test
  void sigmaSquared_veryCleanLevel_keepsItsDigits() {
    // 1 - alpha^2 would be 0 here.
    assertThat(LogSnr.sigmaSquared(40)).isCloseTo(Math.exp(-40), within(Math.exp(-79)));
    assertThat(LogSnr.alphaSquared(-40)).isCloseTo(Math.exp(-40), within(Math.exp(-79)));
  }

  @Test
  void levels_beyondTheExponentsReach_stayFinite() {
    assertThat(LogSnr.alpha(2000)).isEqualTo(1);
    assertThat(LogSnr.alpha(-2000)).isZero();
    assertThat(LogSnr.sigma(2000)).isZero();
  }
}
