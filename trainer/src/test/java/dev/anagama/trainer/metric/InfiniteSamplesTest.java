package dev.anagama.trainer.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.anagama.trainer.metric.InfiniteSamples.Measured;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class InfiniteSamplesTest {
  @Test
  void extrapolate_aLineInOneOverN_isItsValueAtZero() {
    assertThat(
            InfiniteSamples.extrapolate(
                List.of(new Measured(100, 7 + 3.0), new Measured(200, 7 + 1.5))))
        .isEqualTo(7, within(1e-9));
    assertThatThrownBy(
            () -> InfiniteSamples.extrapolate(List.of(new Measured(5, 1), new Measured(5, 2))))
        .hasMessage("figures are of one N; needed: at least two different");
  }

  @Test
  void extrapolate_figuresOffTheLine_isTheLeastSquares() {
    // 1/N of 1, 1/2, 1/4 and values 4, 1, 1: the line has slope 30/7 and meets 0 at -0.5.
    assertThat(
            InfiniteSamples.extrapolate(
                List.of(new Measured(1, 4), new Measured(2, 1), new Measured(4, 1))))
        .isEqualTo(-0.5, within(1e-9));
  }

  @Test
  void extrapolate_frechetDistancesOfAFewSamples_nearsTheTruthWhereTheyAreFarFromIt() {
    // The distance of N(0, I) in 20 features from itself is 0.
    FrechetDistance distance =
        new FrechetDistance(Gaussian.fit(FrechetDistanceTest.normal(100_000, 20, 1, 1)));
    FeatureRows samples = FrechetDistanceTest.normal(2_000, 20, 1, 2);
    List<Measured> figures =
        IntStream.of(500, 1_000, 1_500, 2_000)
            .mapToObj(
                n ->
                    new Measured(
                        n,
                        distance.to(Gaussian.fit(samples.select(IntStream.range(0, n).toArray())))))
            .toList();

    double atAll = figures.get(3).value();
    assertThat(atAll).isGreaterThan(0.05);
    assertThat(Math.abs(InfiniteSamples.extrapolate(figures))).isLessThan(atAll / 4);
  }

  @Test
  void meanAndSpread_ofValues_isTheUsualOne() {
    assertThat(MeanAndSpread.of(List.of(1.0, 3.0)))
        .isEqualTo(new MeanAndSpread(2, Math.sqrt(2), 2));
    assertThat(MeanAndSpread.of(List.of(5.0))).isEqualTo(new MeanAndSpread(5, 0, 1));
    assertThatThrownBy(() -> MeanAndSpread.of(List.of()))
        .hasMessage("there are no values; needed: at least one");
  }
}
