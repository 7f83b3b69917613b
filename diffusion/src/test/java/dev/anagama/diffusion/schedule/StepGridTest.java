package dev.anagama.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StepGridTest {
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 64, 1000, StepGrid.MAX_STEPS})
  void uniform_anyLength_climbsFromMinimumToMaximumAtEqualTimes(int steps) {
    StepGrid grid = StepGrid.uniform(CosineSchedule.DEFAULT, steps);

    assertThat(grid.steps()).isEqualTo(steps);
    assertThat(grid.logSnr(0)).isEqualTo(-20);
    assertThat(grid.logSnr(steps - 1)).isEqualTo(20);
    for (int step = 1; step < steps; step++) {
      assertThat(grid.logSnr(step)).isGreaterThan(grid.logSnr(step - 1));
      double passed =
          CosineSchedule.DEFAULT.time(grid.logSnr(step - 1))
              - CosineSchedule.DEFAULT.time(grid.logSnr(step));
      assertThat(passed).isCloseTo(1.0 / (steps - 1), within(1e-13));
    }
  }

  @Test
  void uniform_oneStep_isTheNoisiestLevel() {
    assertThat(StepGrid.uniform(CosineSchedule.DEFAULT, 1).logSnr(0)).isEqualTo(-20);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, StepGrid.MAX_STEPS + 1})
  void uniform_stepsOutside_areRefused(int steps) {
    assertThatThrownBy(() -> StepGrid.uniform(CosineSchedule.DEFAULT, steps))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("steps is " + steps + ", must be within [1, 1024]");
  }

  @Test
  void equals_sameLevels_areOneGroup() {
    StepGrid grid = StepGrid.uniform(CosineSchedule.DEFAULT, 8);

    assertThat(grid).isEqualTo(StepGrid.uniform(CosineSchedule.DEFAULT, 8));
    assertThat(grid).hasSameHashCodeAs(StepGrid.uniform(CosineSchedule.DEFAULT, 8));
    assertThat(grid).isNotEqualTo(StepGrid.uniform(CosineSchedule.DEFAULT, 9));
  }
}
