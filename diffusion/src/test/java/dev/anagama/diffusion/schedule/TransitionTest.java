package dev.anagama.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransitionTest {
  @ParameterizedTest
  @CsvSource({"-3,-2.5", "-1,2", "0,0.1", "-8,8", "1.5,4", "-20,-7"})
  void forward_cleanerLevelThenTransition_makesTheNoisierMarginal(double from, double to) {
    // z = (alpha/alpha') z' + noise, and z' has variance sigma'^2 around alpha' x.
    double ratio = LogSnr.alpha(from) / LogSnr.alpha(to);
    double variance =
        ratio * ratio * LogSnr.sigmaSquared(to) + new Transition(from, to).forwardVariance();

    assertThat(variance).isCloseTo(LogSnr.sigmaSquared(from), withinPercentage(1e-12));
  }

  @ParameterizedTest
  @CsvSource({"-3,-2.5", "-1,2", "0,0.1", "-8,8", "1.5,4", "-20,-7"})
  void posterior_againstConditioningOfTheJointGaussian_agrees(double from, double to) {
    // Given x, (z', z) is Gaussian with means (alpha' x, alpha x) and this covariance.
    double a = LogSnr.alpha(from);
    double aTo = LogSnr.alpha(to);
    double varTo = LogSnr.sigmaSquared(to);
    double var = LogSnr.sigmaSquared(from);
    double covariance = a / aTo * varTo;

    double gain = covariance / var;
    Transition transition = new Transition(from, to);

    assertThat(transition.zCoefficient()).isCloseTo(gain, withinPercentage(1e-10));
    assertThat(transition.xCoefficient()).isCloseTo(aTo - gain * a, withinPercentage(1e-10));
    assertThat(transition.posteriorVariance())
        .isCloseTo(varTo - gain * covariance, withinPercentage(1e-9));
  }

  @ParameterizedTest
  @CsvSource({"-3,-2.5", "-1,2", "0,0.1", "1.5,4"})
  void posterior_againstTheProductOfDensitiesOnAGrid_agrees(double from, double to) {
    // Bayes' rule by sums: q(z' | x) q(z | z') over a fine grid of z', normalised.
    double x = 0.6;
    double z = -0.9;
    Transition transition = new Transition(from, to);
    double mean = 0;
    double square = 0;
    double mass = 0;
    for (double other = -6; other <= 6; other += 1e-4) {
      double density =
          gaussian(other - LogSnr.alpha(to) * x, LogSnr.sigmaSquared(to))
              * gaussian(
                  z - LogSnr.alpha(from) / LogSnr.alpha(to) * other, transition.forwardVariance());
      mass += density;
      mean += density * other;
      square += density * other * other;
    }
    mean /= mass;

    assertThat(transition.zCoefficient() * z + transition.xCoefficient() * x)
        .isCloseTo(mean, within(1e-9));
    assertThat(transition.posteriorVariance()).isCloseTo(square / mass - mean * mean, within(1e-9));
  }

  private static double gaussian(double distance, double variance) {
    return Math.exp(-distance * distance / (2 * variance));
  }

  @Test
  void variances_levelsVeryClose_keepTheirDigits() {
    Transition transition = new Transition(1, 1 + 0x1p-40);

    assertThat(transition.forwardVariance())
        .isCloseTo(0x1p-40 * LogSnr.sigmaSquared(1), withinPercentage(1e-9));
    assertThat(transition.xCoefficient())
        .isCloseTo(0x1p-40 * LogSnr.alpha(1), withinPercentage(1e-9));
  }

  @Test
  void construct_levelsInWrongOrder_isRefused() {
    assertThatThrownBy(() -> new Transition(2, 2))
        .hasMessage("transition.from is 2.0, must be less than to, which is 2.0");
  }
}
