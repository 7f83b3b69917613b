package dev.anagama.trainer.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.anagama.trainer.data.IdxFiles;
import dev.anagama.trainer.data.LabelledImages;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The worse real images are spoilt, the worse their figures, whatever the features; here they are the
 * pixels of the image at a quarter of its side, so that no network is needed.
 */
class RealImagesTest {
  private static final Path FASHION_MNIST = Path.of("/usr/share/datasets/fashion-mnist");
  private static final int COUNT = 2_000;
  private static final int SIDE = 28;
  private static final int CELL = 4;

  private static float[] images = {};
  private static FeatureRows reference = new FeatureRows(new float[1], 1);

  @BeforeAll
  static void read() {
    assumeTrue(
        Files.isDirectory(FASHION_MNIST),
        FASHION_MNIST + " is not there; Debian's package dataset-fashion-mnist brings it");
    images = pixels(IdxFiles.read(FASHION_MNIST, IdxFiles.Split.TEST));
    reference = features(pixels(IdxFiles.read(FASHION_MNIST, IdxFiles.Split.TRAIN)));
  }

  private static float[] pixels(LabelledImages from) {
    float[] values = new float[COUNT * SIDE * SIDE];
    for (int i = 0; i < COUNT; i++) {
      from.decode(i, values, i * SIDE * SIDE);
    }
    return values;
  }

  /** Means of 4x4 pixels. */
  private static FeatureRows features(float[] pixels) {
    int cells = SIDE / CELL;
    float[] features = new float[COUNT * cells * cells];
    for (int i = 0; i < COUNT; i++) {
      for (int p = 0; p < SIDE * SIDE; p++) {
        int cell = p / SIDE / CELL * cells + p % SIDE / CELL;
        features[i * cells * cells + cell] += pixels[i * SIDE * SIDE + p] / (CELL * CELL);
      }
    }
    return new FeatureRows(features, cells * cells);
  }

  private static float[] noisy(double deviation) {
    SplittableRandom random = new SplittableRandom(3);
    float[] spoilt = images.clone();
    for (int i = 0; i < spoilt.length; i++) {
      spoilt[i] += (float) (deviation * random.nextGaussian());
    }
    return spoilt;
  }

  /** The mean of each pixel's 3x3 neighbours inside the image, so many times. */
  private static float[] blurred(int times) {
    float[] now = images;
    for (int time = 0; time < times; time++) {
      float[] next = new float[now.length];
      for (int at = 0; at < now.length; at++) {
        int start = at - at % (SIDE * SIDE);
        int y = (at - start) / SIDE;
        int x = (at - start) % SIDE;
        float sum = 0;
        int count = 0;
        for (int v = Math.max(0, y - 1); v <= Math.min(SIDE - 1, y + 1); v++) {
          for (int u = Math.max(0, x - 1); u <= Math.min(SIDE - 1, x + 1); u++) {
            sum += now[start + v * SIDE + u];
            count++;
          }
        }
        next[at] = sum / count;
      }
      now = next;
    }
    return now;
  }

  private static List<Double> distances(List<float[]> spoilt) {
    FrechetDistance distance = new FrechetDistance(Gaussian.fit(reference));
    return spoilt.stream().map(x -> distance.to(Gaussian.fit(features(x)))).toList();
  }

  private static void assertRises(List<Double> values) {
    for (int i = 1; i < values.size(); i++) {
      assertThat(values.get(i)).as("values %s", values).isGreaterThan(values.get(i - 1));
    }
  }

  @Test
  void frechetDistance_moreNoise_isLarger() {
    List<float[]> spoilt = new ArrayList<>();
    for (double deviation : new double[] {0, 0.5, 1, 1.5, 2}) {
      spoilt.add(noisy(deviation));
    }
    assertRises(distances(spoilt));
  }

  @Test
  void frechetDistance_moreBlur_isLarger() {
    List<float[]> spoilt = new ArrayList<>();
    for (int times : new int[] {0, 3, 6, 12, 24}) {
      spoilt.add(blurred(times));
    }
    assertRises(distances(spoilt));
  }

  @Test
  void precision_moreNoise_isLower() {
    Neighbourhoods balls = new Neighbourhoods(reference, 3);
    List<Double> imprecision = new ArrayList<>();
    for (double deviation : new double[] {0, 0.75, 1.5, 3}) {
      ManifoldScores scores = ManifoldScores.of(reference, balls, features(noisy(deviation)), 3);
      imprecision.add(1 - scores.precision());
    }
    assertRises(imprecision);
    // Real images of the same kind.
    assertThat(imprecision.get(0)).isLessThan(0.3);
  }
}
