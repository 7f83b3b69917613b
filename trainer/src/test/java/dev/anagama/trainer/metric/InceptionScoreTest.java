package dev.anagama.trainer.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class InceptionScoreTest {
  @Test
  void of_answersThatAreAllAlike_isOne() {
    assertThat(InceptionScore.of(new FeatureRows(new float[] {0.7f, 0.3f, 0.7f, 0.3f}, 2)))
        .isEqualTo(1, within(1e-6));
  }

  @Test
  void of_certainAnswersOfAllClasses_isTheNumberOfClasses() {
    assertThat(InceptionScore.of(new FeatureRows(new float[] {1, 0, 0, 0, 1, 0, 0, 0, 1}, 3)))
        .isEqualTo(3, within(1e-9));
  }

  @Test
  void of_certainAnswersOfOneClass_isOne() {
    assertThat(InceptionScore.of(new FeatureRows(new float[] {1, 0, 1, 0}, 2)))
        .isEqualTo(1, within(1e-9));
  }

  @Test
  void of_twoMirroredAnswers_isTheirDivergenceFromTheMiddle() {
    double expected = Math.exp(0.75 * Math.log(1.5) + 0.25 * Math.log(0.5));
    assertThat(InceptionScore.of(new FeatureRows(new float[] {0.75f, 0.25f, 0.25f, 0.75f}, 2)))
        .isEqualTo(expected, within(1e-9));
  }

  @Test
  void ofSplits_partsThatDiffer_isTheirMeanAndSpread() {
    // The first part is certain of two classes, the second of one; the last row joins no part.
    FeatureRows answers = new FeatureRows(new float[] {1, 0, 0, 1, 1, 0, 1, 0, 0, 1}, 2);

    MeanAndSpread score = InceptionScore.ofSplits(answers, 2);

    assertThat(score.mean()).isEqualTo(1.5, within(1e-9));
    assertThat(score.standardDeviation()).isEqualTo(Math.sqrt(0.5), within(1e-9));
    assertThat(score.count()).isEqualTo(2);
    assertThatThrownBy(() -> InceptionScore.ofSplits(answers, 6))
        .hasMessage("splits is 6; allowed: 1 to the 5 rows");
  }
}
