package dev.anagama.trainer.metric;

import static dev.anagama.trainer.metric.SpoiltImages.COUNT;
import static dev.anagama.trainer.metric.SpoiltImages.SIDE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.trainer.data.IdxFiles;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The worse real images are spoilt, the worse their figures, whatever the features; here they are
 * the pixels of the image at a quarter of its side, so that no network is needed.
 */
class RealImagesTest {
  private static final int CELL = 4;

  private static float[] images = {};
  private static FeatureRows reference = new FeatureRows(new float[1], 1);

  @BeforeAll
  static void read() {
    images = SpoiltImages.read(IdxFiles.Split.TEST);
    reference = features(SpoiltImages.read(IdxFiles.Split.TRAIN));
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

  private static List<Double> distances(Stream<float[]> spoilt) {
    FrechetDistance distance = new FrechetDistance(Gaussian.fit(reference));
    return spoilt.map(x -> distance.to(Gaussian.fit(features(x)))).toList();
  }

  @Test
  void frechetDistance_moreNoise_isLarger() {
    assertThat(
            distances(
                Stream.of(0.0, 0.5, 1.0, 1.5, 2.0)
                    .map(deviation -> SpoiltImages.noisy(images, deviation))))
        .isSorted();
  }

  @Test
  void frechetDistance_moreBlur_isLarger() {
    assertThat(
            distances(Stream.of(0, 3, 6, 12, 24).map(times -> SpoiltImages.blurred(images, times))))
        .isSorted();
  }

  @Test
  void precision_moreNoise_isLower() {
    Neighbourhoods balls = new Neighbourhoods(reference, 3);
    List<Double> imprecision =
        Stream.of(0.0, 0.75, 1.5, 3.0)
            .map(deviation -> features(SpoiltImages.noisy(images, deviation)))
            .map(spoilt -> 1 - ManifoldScores.of(reference, balls, spoilt, 3).precision())
            .toList();
    assertThat(imprecision).isSorted();
    // Real images of the same kind.
    assertThat(imprecision.get(0)).isLessThan(0.3);
    assertThat(imprecision.get(3)).isGreaterThan(0.9);
  }
}
