package dev.anagama.trainer.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ClassScoresTest {
  @Test
  void of_threeAnswers_countsTheRightAndAveragesTheLogarithms() {
    FeatureRows answers = new FeatureRows(new float[] {0.75f, 0.25f, 0.5f, 0.5f, 0, 1}, 2);

    ClassScores found = ClassScores.of(answers, new int[] {0, 1, 0});

    // A tie goes to the first class; a certain mistake counts as the smallest probability.
    assertThat(found.labelAccuracy()).isEqualTo(1.0 / 3);
    assertThat(found.labelLogProbability())
        .isEqualTo((Math.log(0.75) + Math.log(0.5) + Math.log(1e-12)) / 3, within(1e-9));
    assertThatThrownBy(() -> ClassScores.of(answers, new int[2]))
        .hasMessage("2 labels for 3 rows; needed: as many");
  }

  @Test
  void withinClass_classesThatCollapse_showsWhatFiguresOverAllHide() {
    // Classes 100 apart. Class 0 is as varied as it was, class 1 has become one image.
    FeatureRows real = new FeatureRows(new float[] {0, 1, 2, 100, 101, 102}, 1);
    int[] labels = {0, 0, 0, 1, 1, 1};
    FeatureRows generated = new FeatureRows(new float[] {0, 1, 2, 100, 100, 100}, 1);

    WithinClass found = WithinClass.of(real, labels, generated, labels, 2, 1);

    // Of class 1, the balls around 100 and 101 hold the one image, that around 102 does not.
    assertThat(found.coverage()).isEqualTo((1 + 2.0 / 3) / 2);
    assertThat(found.spread()).isEqualTo(0.5);
  }

  @Test
  void withinClass_aClassWithoutEnoughImages_isLeftOut() {
    FeatureRows rows = new FeatureRows(new float[] {0, 1, 2, 7}, 1);
    int[] labels = {0, 0, 0, 1};

    assertThat(WithinClass.of(rows, labels, rows, labels, 3, 1)).isEqualTo(new WithinClass(1, 1));
    assertThatThrownBy(() -> WithinClass.of(rows, labels, rows, labels, 3, 3))
        .hasMessage("no class has more than 3 images on both sides; needed: at least one");
  }
}
