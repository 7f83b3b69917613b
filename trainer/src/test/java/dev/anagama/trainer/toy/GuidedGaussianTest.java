package dev.anagama.trainer.toy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.anagama.diffusion.image.PngImages;
import java.awt.image.BufferedImage;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GuidedGaussianTest {
  private static final double STD = 0.5;
  private static final int SIDE = 400;

  private static GuidedGaussian density(double weight) {
    return new GuidedGaussian(0, weight, STD, SIDE);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.5, 1, 3, 10})
  void density_anyWeight_isNormalised(double weight) {
    GuidedGaussian density = density(weight);
    double cell = 2 * GuidedGaussian.REACH / SIDE;
    double total = 0;
    double border = 0;
    for (int row = 0; row < SIDE; row++) {
      for (int column = 0; column < SIDE; column++) {
        total += density.at(column, row) * cell * cell;
        if (row == 0 || column == 0 || row == SIDE - 1 || column == SIDE - 1) {
          border = Math.max(border, density.at(column, row));
        }
      }
    }
    assertThat(total).isCloseTo(1, within(1e-9));
    // And nothing is cut off.
    assertThat(border).isLessThan(1e-6);
  }

  @Test
  void density_noGuidance_isTheGaussian() {
    GuidedGaussian density = density(0);
    assertThat(density.mean()).containsExactly(GuidedGaussian.mean(0), within(1e-6));
    assertThat(density.varianceAlong(0)).isCloseTo(STD * STD, within(1e-6));
    assertThat(density.varianceAlong(1.1)).isCloseTo(STD * STD, within(1e-6));
    assertThat(density.peak()).isCloseTo(1 / (2 * Math.PI * STD * STD), within(1e-3));
    // Entropy of a Gaussian in the plane: 1 + ln(2 pi s^2).
    assertThat(density.entropy()).isCloseTo(1 + Math.log(2 * Math.PI * STD * STD), within(1e-6));
    // Mass above a level: 1 - level / peak.
    assertThat(density.level(0.95)).isCloseTo(0.05 * density.peak(), within(0.005));
  }

  @Test
  void density_moreGuidance_movesAwayFromTheOthersAndConcentrates() {
    GuidedGaussian before = density(0);
    double away = Math.PI / 2;
    for (double weight : new double[] {0.5, 1, 2, 4}) {
      GuidedGaussian after = density(weight);
      assertThat(after.mean()[1]).isGreaterThan(before.mean()[1]);
      assertThat(after.mean()[0]).isCloseTo(0, within(1e-6));
      assertThat(after.entropy()).isLessThan(before.entropy());
      assertThat(after.varianceAlong(away)).isLessThan(before.varianceAlong(away));
      before = after;
    }
    // Not a Gaussian of another place: its width depends on the direction.
    assertThat(density(2).varianceAlong(away)).isLessThan(0.9 * density(2).varianceAlong(0));
  }

  @Test
  void density_anotherClass_isTheSameTurned() {
    GuidedGaussian second = new GuidedGaussian(1, 2, STD, SIDE);
    double distance = Math.hypot(second.mean()[0], second.mean()[1]);
    assertThat(distance).isCloseTo(density(2).mean()[1], within(1e-3));
    assertThat(second.entropy()).isCloseTo(density(2).entropy(), within(1e-4));
  }

  @Test
  void density_outOfRange_isRefused() {
    assertThatThrownBy(() -> new GuidedGaussian(3, 0, STD, SIDE))
        .hasMessage("label is 3; allowed: 0 to 2");
    assertThatThrownBy(() -> density(-1)).hasMessage("weight is -1.0; allowed: 0 or more");
    assertThatThrownBy(() -> new GuidedGaussian(0, 0, 0.7, SIDE))
        .hasMessage("std is 0.7; allowed: above 0, at most 0.6");
  }

  @Test
  void figure_someWeights_hasAPanelEach() {
    BufferedImage one = PngImages.decode(GaussianFigure.png(List.of(0.0)));
    BufferedImage two = PngImages.decode(GaussianFigure.png(List.of(0.0, 2.0)));
    assertThat(two.getHeight()).isEqualTo(one.getHeight());
    assertThat(two.getWidth()).isBetween(2 * one.getWidth() - 20, 2 * one.getWidth());
    assertThatThrownBy(() -> GaussianFigure.png(List.of()))
        .hasMessage("number of weights is 0; allowed: 1 to 8");
    assertThat(GaussianFigure.effects(List.of(0.0)).get(0).distance()).isCloseTo(1, within(1e-6));
  }
}
