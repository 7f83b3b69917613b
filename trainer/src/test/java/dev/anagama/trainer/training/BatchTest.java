package dev.anagama.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class BatchTest {
  @Test
  void noisy_rowsAtTheirLevels_areMixedAsTheLevelSays() {
    // alpha^2 is 1/2 at 0, and 4/5 at ln 4.
    Batch batch =
        new Batch(
            new float[] {1, -1, 1, -1},
            new long[] {0, 1},
            new double[] {0, Math.log(4)},
            new float[] {2, 0, 0, 3},
            0);

    float[] z = batch.noisy();

    double half = Math.sqrt(0.5);
    assertThat(z[0]).isCloseTo((float) (3 * half), within(1e-6f));
    assertThat(z[1]).isCloseTo((float) -half, within(1e-6f));
    assertThat(z[2]).isCloseTo((float) Math.sqrt(0.8), within(1e-6f));
    assertThat(z[3]).isCloseTo((float) (3 * Math.sqrt(0.2) - Math.sqrt(0.8)), within(1e-6f));
    assertThat(batch.floatLogSnrs()).containsExactly(0f, (float) Math.log(4));
  }
}
