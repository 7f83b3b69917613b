package dev.anagama.trainer.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ManifoldScoresTest {
  private static FeatureRows line(double... values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return new FeatureRows(floats, 1);
  }

  private static ManifoldScores scores(FeatureRows real, FeatureRows generated, int k) {
    return ManifoldScores.of(real, new Neighbourhoods(real, k), generated, k);
  }

  @Test
  void of_pointsOnALine_isWhatCountingGives() {
    // Real balls: [-1, 1], [0, 2], [1, 5]. Generated ones: [0.25, 0.75], [0.5, 19.5], [0, 0.5].
    ManifoldScores found = scores(line(0, 1, 3), line(0.5, 10, 0.25), 1);

    assertThat(found.precision()).isEqualTo(2.0 / 3);
    assertThat(found.recall()).isEqualTo(1);
    // 0.5 and 0.25 lie in the first two balls each, 10 in none.
    assertThat(found.density()).isEqualTo(4.0 / 3);
    assertThat(found.coverage()).isEqualTo(2.0 / 3);
  }

  @Test
  void of_theSamePoints_isFull() {
    FeatureRows points = FrechetDistanceTest.normal(300, 4, 1, 5);

    ManifoldScores found = scores(points, points, 3);

    assertThat(found.precision()).isEqualTo(1);
    assertThat(found.recall()).isEqualTo(1);
    assertThat(found.coverage()).isEqualTo(1);
    // Each lies in its own ball and, on average, in three others: hence (k + 1) / k here.
    assertThat(found.density()).isEqualTo(4.0 / 3, within(0.15));
  }

  @Test
  void of_oneImageRepeated_isPreciseWithoutVariety() {
    FeatureRows real = FrechetDistanceTest.normal(400, 4, 1, 5);
    FeatureRows repeated = real.select(new int[400]);

    ManifoldScores found = scores(real, repeated, 3);

    assertThat(found.precision()).isEqualTo(1);
    assertThat(found.recall()).isEqualTo(1.0 / 400);
    assertThat(found.coverage()).isLessThan(0.05);
  }

  @Test
  void hits_manyPoints_areThoseOfPlainLoops() {
    // More than a tile.
    FeatureRows real = FrechetDistanceTest.normal(1_100, 3, 1, 1);
    FeatureRows others = FrechetDistanceTest.normal(50, 3, 1.5, 2);

    Neighbourhoods.Hits hits = new Neighbourhoods(real, 2).hits(others);

    int inside = 0;
    long pairs = 0;
    boolean[] covered = new boolean[real.rows()];
    double[] radii = new double[real.rows()];
    for (int row = 0; row < real.rows(); row++) {
      double[] distances = new double[real.rows()];
      for (int other = 0; other < real.rows(); other++) {
        distances[other] = squared(real, row, real, other);
      }
      Arrays.sort(distances);
      radii[row] = distances[2];
    }
    for (int other = 0; other < others.rows(); other++) {
      int balls = 0;
      for (int row = 0; row < real.rows(); row++) {
        if (squared(real, row, others, other) <= radii[row]) {
          balls++;
          covered[row] = true;
        }
      }
      inside += balls > 0 ? 1 : 0;
      pairs += balls;
    }
    int balls = 0;
    for (boolean one : covered) {
      balls += one ? 1 : 0;
    }
    assertThat(hits).isEqualTo(new Neighbourhoods.Hits(inside, pairs, balls));
  }

  private static double squared(FeatureRows a, int row, FeatureRows b, int other) {
    float sum = 0;
    for (int i = 0; i < a.width(); i++) {
      float difference = a.at(row, i) - b.at(other, i);
      sum += difference * difference;
    }
    return sum;
  }

  @Test
  void neighbourhoods_tooFewRowsOrOtherWidth_areRefused() {
    assertThatThrownBy(() -> new Neighbourhoods(line(1, 2, 3), 3))
        .hasMessage("k is 3; allowed: 1 to 2, one less than the rows");
    assertThatThrownBy(
            () -> new Neighbourhoods(line(1, 2, 3), 1).hits(new FeatureRows(new float[2], 2)))
        .hasMessage("vectors have 2 features; needed: 1");
  }
}
