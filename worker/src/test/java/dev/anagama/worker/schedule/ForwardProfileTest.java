package dev.anagama.worker.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.anagama.worker.schedule.ForwardProfile.Point;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ForwardProfileTest {
  @Test
  void seconds_areMeasuredOrInBetween() {
    ForwardProfile profile = profile(1, 0.010, 4, 0.016, 8, 0.024);

    assertThat(profile.seconds(1)).isEqualTo(0.010);
    assertThat(profile.seconds(2)).isCloseTo(0.012, within(1e-12));
    assertThat(profile.seconds(4)).isEqualTo(0.016);
    assertThat(profile.seconds(7)).isCloseTo(0.022, within(1e-12));
    assertThat(profile.seconds(8)).isEqualTo(0.024);
    assertThat(profile.seconds(16)).isCloseTo(0.048, within(1e-12));
    assertThat(profile(4, 0.016).seconds(1)).isCloseTo(0.004, within(1e-12));
    assertThat(profile.rowsPerSecond()).isCloseTo(8 / 0.024, within(1e-9));
  }

  @Test
  void rowLimit_isTheFewestRowsNearTheBest() {
    // 10, 19.6, 20, 19.8 rows a second: 4 gains 2 % over 2, which is not worth the longer step.
    assertThat(profile(1, 0.1, 2, 2 / 19.6, 4, 0.2, 8, 8 / 19.8).rowLimit()).isEqualTo(2);
    // 10, 19, 20, 19.8: it gains 5 %, and 8 loses.
    assertThat(profile(1, 0.1, 2, 2 / 19.0, 4, 0.2, 8, 8 / 19.8).rowLimit()).isEqualTo(4);
  }

  @Test
  void rowLimit_ofShortPasses_countsWhatAStepTakesBeside() {
    // 1,000 rows a second in every pass, but 784, 879, 936, 967 and 983 in steps of 0.55 ms more.
    assertThat(profile(2, 0.002, 4, 0.004, 8, 0.008, 16, 0.016, 32, 0.032).rowLimit())
        .isEqualTo(16);
  }

  @Test
  void rowLimit_isTwoAtLeast() {
    assertThat(profile(1, 0.01).rowLimit()).isEqualTo(2);
    assertThat(profile(1, 0.01, 2, 0.03, 4, 0.07).rowLimit()).isEqualTo(2);
  }

  @Test
  void whatIsNoProfile_isRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> new ForwardProfile(1, List.of()));
    assertThatIllegalArgumentException().isThrownBy(() -> new Point(0, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> new Point(1, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> new Point(1, Double.NaN));
    assertThatIllegalArgumentException().isThrownBy(() -> profile(2, 0.1, 2, 0.1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ForwardProfile(0, List.of(new Point(1, 1))));
    assertThatIllegalArgumentException().isThrownBy(() -> profile(1, 0.1).seconds(0));
  }

  private static ForwardProfile profile(double... rowsAndSeconds) {
    List<Point> points = new ArrayList<>();
    for (int i = 0; i < rowsAndSeconds.length; i += 2) {
      points.add(new Point((int) rowsAndSeconds[i], rowsAndSeconds[i + 1]));
    }
    return new ForwardProfile(1, points);
  }
}
