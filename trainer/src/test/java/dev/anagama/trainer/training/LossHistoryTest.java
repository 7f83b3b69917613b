package dev.anagama.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class LossHistoryTest {
  @Test
  void add_steps_areAveragedOverEachSpan() {
    LossHistory losses = LossHistory.decode("");
    for (long seen = 3200; seen <= 16_000; seen += 3200) {
      losses.add(seen, seen / 3200.0);
    }

    assertThat(losses.points())
        .containsExactly(new LossHistory.Point(6400, 1.5), new LossHistory.Point(12_800, 3.5));
  }

  @Test
  void endSpan_underWay_makesAPointOfWhatIsThere() {
    LossHistory losses = LossHistory.decode("");
    losses.endSpan(0);
    losses.add(64, 0.5);
    losses.add(128, 0.25);
    losses.endSpan(128);
    losses.endSpan(128);

    assertThat(losses.points()).containsExactly(new LossHistory.Point(128, 0.375));
    losses.add(6528, 0.125);
    assertThat(losses.points()).last().isEqualTo(new LossHistory.Point(6528, 0.125));
  }

  @Test
  void encode_points_isTheFormOfTrainingStates() {
    LossHistory losses =
        new LossHistory(
            List.of(new LossHistory.Point(6400, 0.1), new LossHistory.Point(12_800, 1e-7)));

    assertThat(losses.encode()).isEqualTo("6400:0.1,12800:1.0E-7");
    assertThat(LossHistory.decode(losses.encode()).points()).isEqualTo(losses.points());
    assertThat(LossHistory.decode("").encode()).isEmpty();
  }

  @Test
  void decode_anythingElse_isRefused() {
    for (String text : List.of(",", "6400", "6400:", ":0.1", "a:b", "1:2:3", "6400:0.1,")) {
      assertThatThrownBy(() -> LossHistory.decode(text))
          .as(text)
          .isInstanceOf(NumberFormatException.class);
    }
  }
}
