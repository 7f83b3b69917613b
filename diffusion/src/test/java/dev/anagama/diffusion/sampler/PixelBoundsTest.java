package dev.anagama.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.guidance.DynamicThreshold;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PixelBoundsTest {
  private static final float[] WIDE = {-3, 0.5f, 2, -1};
  private static final float[] NARROW = {-0.3f, 0.5f, 0.2f, -1};

  private static float[] bounded(boolean clip, List<Optional<DynamicThreshold>> thresholds) {
    float[] values = new float[4 * thresholds.size()];
    for (int row = 0; row < thresholds.size(); row++) {
      System.arraycopy(row % 2 == 0 ? WIDE : NARROW, 0, values, 4 * row, 4);
    }
    try (NDManager manager = NDManager.newBaseManager()) {
      return new PixelBounds(clip, thresholds)
          .apply(manager, manager.create(values, new Shape(thresholds.size(), 1, 2, 2)))
          .toFloatArray();
    }
  }

  private static Optional<DynamicThreshold> threshold(double quantile) {
    return Optional.of(new DynamicThreshold(quantile));
  }

  @Test
  void apply_withoutThresholds_clipsOrDoesNothing() {
    assertThat(bounded(true, List.of(Optional.empty()))).containsExactly(-1, 0.5f, 1, -1);
    assertThat(bounded(false, List.of(Optional.empty()))).containsExactly(WIDE);
  }

  @Test
  void apply_threshold_dividesByTheQuantileOfTheMagnitudes() {
    // Magnitudes in order: 0.5, 1, 2, 3; the median is 1.5, the largest 3.
    assertThat(bounded(true, List.of(threshold(0.5))))
        .containsExactly(new float[] {-1, 0.5f / 1.5f, 1, -1 / 1.5f}, within(1e-6f));
    assertThat(bounded(true, List.of(threshold(1))))
        .containsExactly(new float[] {-1, 0.5f / 3, 2f / 3, -1f / 3}, within(1e-6f));
    // Three quarters of the way from the first to the last is 2 and a quarter.
    assertThat(bounded(true, List.of(threshold(0.75))))
        .containsExactly(new float[] {-1, 0.5f / 2.25f, 2 / 2.25f, -1 / 2.25f}, within(1e-6f));
  }

  @Test
  void apply_thresholdOfAnImageWithinTheRange_changesNothing() {
    assertThat(bounded(true, List.of(Optional.empty(), threshold(0.9))))
        .containsExactly(-1, 0.5f, 1, -1, -0.3f, 0.5f, 0.2f, -1);
  }

  @Test
  void apply_rowsBesideThresholds_areThoseWithoutThem() {
    float[] clipped = bounded(true, List.of(Optional.empty(), Optional.empty(), threshold(0.5)));
    assertThat(clipped).startsWith(-1, 0.5f, 1, -1, -0.3f, 0.5f, 0.2f, -1);
    float[] free = bounded(false, List.of(Optional.empty(), threshold(0.5)));
    assertThat(free).startsWith(WIDE);
  }

  @Test
  void threshold_quantileOutside_isRefused() {
    assertThatThrownBy(() -> new DynamicThreshold(0.4))
        .hasMessage("quantile is 0.4, must be within [0.5, 1]");
  }
}
