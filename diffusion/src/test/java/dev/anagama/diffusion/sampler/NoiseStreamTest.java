package dev.anagama.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NoiseStreamTest {
  private static final int MANY = 200_000;

  private static float[] values(long seed, int image, int count) {
    float[] values = new float[count];
    new NoiseStream(seed, image).fill(values);
    return values;
  }

  @Test
  void fill_knownSeeds_neverChanges() {
    // Another value here means that every image ever made from a seed changes.
    assertThat(values(0, 0, 4)).containsExactly(0.9213956f, -2.035928f, 0.7220318f, -0.32755914f);
    assertThat(values(0, 1, 4)).containsExactly(0.8937557f, 0.07569285f, -0.18507129f, -2.8158634f);
    assertThat(values(42, 7, 4))
        .containsExactly(0.72210187f, 1.3259896f, 0.14680664f, -0.78327614f);
    assertThat(values(9_007_199_254_740_991L, 63, 4))
        .containsExactly(0.26143935f, 0.40243456f, 0.67373246f, -0.34700277f);
  }

  @Test
  void fill_inParts_isTheSameStream() {
    float[] parts = new float[100];
    NoiseStream stream = new NoiseStream(5, 2);
    stream.fill(parts, 0, 33);
    stream.fill(parts, 33, 67);

    assertThat(parts).isEqualTo(values(5, 2, 100));
  }

  @Test
  void fill_manyValues_haveTheMomentsAndTailsOfAStandardNormal() {
    float[] values = values(1, 0, MANY);
    double[] moments = new double[5];
    long beyondTwo = 0;
    for (float value : values) {
      for (int k = 1; k <= 4; k++) {
        moments[k] += Math.pow(value, k) / MANY;
      }
      beyondTwo += Math.abs(value) > 2 ? 1 : 0;
    }
    // Four standard errors of each: Var x^k is 1, 2, 15, 96 for k = 1 .. 4.
    assertThat(moments[1]).isCloseTo(0, within(4 * Math.sqrt(1.0 / MANY)));
    assertThat(moments[2]).isCloseTo(1, within(4 * Math.sqrt(2.0 / MANY)));
    assertThat(moments[3]).isCloseTo(0, within(4 * Math.sqrt(15.0 / MANY)));
    assertThat(moments[4]).isCloseTo(3, within(4 * Math.sqrt(96.0 / MANY)));
    double p = 0.0455003;
    assertThat(beyondTwo / (double) MANY).isCloseTo(p, within(4 * Math.sqrt(p * (1 - p) / MANY)));
  }

  @ParameterizedTest
  @CsvSource({
    "1,0, 1,1",
    "1,0, 2,0",
    "1,1, 2,0",
    "0,0, 0,1",
    "0,63, 1,62",
    "-1,0, 1,0",
    "8,0, 9,0",
    "0,0, -7046029254386353131,0"
  })
  void streams_neighbouringSeedsAndImages_areUncorrelatedAtEveryLag(
      long seed, int image, long otherSeed, int otherImage) {
    float[] one = values(seed, image, MANY);
    float[] other = values(otherSeed, otherImage, MANY);

    for (int lag = -4; lag <= 4; lag++) {
      double correlation = 0;
      for (int i = 4; i < MANY - 4; i++) {
        correlation += one[i] * (double) other[i + lag] / MANY;
      }
      assertThat(correlation).as("lag %s", lag).isCloseTo(0, within(4.5 / Math.sqrt(MANY)));
    }
  }

  @Test
  void firstValues_acrossImagesAndSeeds_areStandardNormalAndUncorrelated() {
    // Every stream's start, where a weak expansion of the seed would show.
    int side = 300;
    double[][] starts = new double[side][side];
    double mean = 0;
    double square = 0;
    for (int seed = 0; seed < side; seed++) {
      for (int image = 0; image < side; image++) {
        starts[seed][image] = values(seed, image, 1)[0];
        mean += starts[seed][image];
        square += starts[seed][image] * starts[seed][image];
      }
    }
    double n = (double) side * side;
    double byImage = 0;
    double bySeed = 0;
    for (int i = 1; i < side; i++) {
      for (int j = 0; j < side; j++) {
        byImage += starts[j][i] * starts[j][i - 1];
        bySeed += starts[i][j] * starts[i - 1][j];
      }
    }
    assertThat(mean / n).isCloseTo(0, within(4 / Math.sqrt(n)));
    assertThat(square / n).isCloseTo(1, within(4 * Math.sqrt(2 / n)));
    assertThat(byImage / n).isCloseTo(0, within(4 / Math.sqrt(n)));
    assertThat(bySeed / n).isCloseTo(0, within(4 / Math.sqrt(n)));
  }

  @Test
  void firstValues_acrossStreams_hardlyEverRepeat() {
    double[] starts = new double[40_000];
    for (int i = 0; i < starts.length; i++) {
      float[] pair = values(i / 200, i % 200, 2);
      starts[i] = pair[0] * 1e9 + pair[1];
    }

    assertThat(Arrays.stream(starts).distinct().count()).isEqualTo(starts.length);
  }

  @Test
  void construct_negativeImage_isRefused() {
    assertThatThrownBy(() -> new NoiseStream(1, -1)).hasMessage("image is -1, must be at least 0");
  }
}
