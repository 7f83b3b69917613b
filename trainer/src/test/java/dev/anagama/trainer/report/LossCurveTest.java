package dev.anagama.trainer.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.diffusion.schedule.PredictionTarget;
import dev.anagama.trainer.training.LossHistory;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LossCurveTest {
  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2, 500})
  void png_anyNumberOfPoints_isAPicture(long count) throws IOException {
    List<LossHistory.Point> points =
        LongStream.rangeClosed(1, count)
            .mapToObj(i -> new LossHistory.Point(6400 * i, 0.05 + 1.0 / i))
            .toList();

    BufferedImage picture =
        ImageIO.read(
            new ByteArrayInputStream(LossCurve.png("Loss", PredictionTarget.NOISE, points)));

    assertThat(picture.getWidth()).isEqualTo(900);
    assertThat(picture.getHeight()).isEqualTo(520);
    Set<Integer> colours = new HashSet<>();
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        colours.add(picture.getRGB(x, y));
      }
    }
    assertThat(colours).hasSizeGreaterThan(2);
  }

  @ParameterizedTest
  @EnumSource(PredictionTarget.class)
  void chart_anyPrediction_saysWhoseErrorTheLossIs(PredictionTarget prediction) {
    assertThat(LossCurve.chart("Loss", prediction, List.of()).getYAxisTitle())
        .isEqualTo("mean squared error of " + prediction.label());
  }
}
