package dev.anagama.trainer.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.diffusion.image.PngImages;
import java.util.List;
import org.junit.jupiter.api.Test;

class WeightChartTest {
  private static final WeightChart.Curve FID =
      new WeightChart.Curve(
          "Frechet distance", List.of(0.0, 1.0), List.of(4.0, 9.0), List.of(0.1, 0.0), 1.5);
  private static final WeightChart.Curve SCORE =
      new WeightChart.Curve(
          "inception score", List.of(0.0, 1.0), List.of(8.0, 9.5), List.of(0.0, 0.0), 9.0);

  @Test
  void png_twoCurves_isAPicture() {
    assertThat(PngImages.decode(WeightChart.png("title", "w", FID, SCORE)).getWidth())
        .isEqualTo(900);
    assertThat(PngImages.decode(WeightChart.shares("title", "w", FID, SCORE)).getWidth())
        .isEqualTo(900);
    assertThat(PngImages.decode(WeightChart.frontier("title", SCORE, FID)).getHeight())
        .isEqualTo(520);
  }

  @Test
  void png_onePoint_isAPicture() {
    WeightChart.Curve one =
        new WeightChart.Curve("one", List.of(0.0), List.of(4.0), List.of(0.0), 4.0);
    WeightChart.Curve other =
        new WeightChart.Curve("other", List.of(0.0), List.of(4.0), List.of(0.0), 4.0);
    assertThat(PngImages.decode(WeightChart.png("title", "w", one, other)).getWidth())
        .isEqualTo(900);
  }
}
