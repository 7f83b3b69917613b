package dev.anagama.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.AbstractList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class NoiseAheadTest {
  private final List<Thread> drawers = new CopyOnWriteArrayList<>();

  /** Rows that can not be drawn for; they tell on which thread that was tried. */
  private final List<Row> failing =
      new AbstractList<>() {
        @Override
        public Row get(int index) {
          drawers.add(Thread.currentThread());
          throw new IllegalArgumentException("no noise");
        }

        @Override
        public int size() {
          return 1;
        }
      };

  @Test
  void drawThatFails_failsItsStepAndNoOther() throws Exception {
    try (NoiseAhead noise = new NoiseAhead("noise")) {
      noise.start(failing);
      assertThatThrownBy(noise::await)
          .isInstanceOf(IllegalStateException.class)
          .hasRootCauseMessage("no noise");

      noise.await();
      noise.start(List.of());
      noise.await();
    }
  }

  @Test
  void close_itsThread_ends() throws Exception {
    NoiseAhead noise = new NoiseAhead("noise");
    noise.start(failing);
    assertThatThrownBy(noise::await).isInstanceOf(IllegalStateException.class);

    noise.close();

    assertThat(drawers).hasSize(1).doesNotContain(Thread.currentThread());
    drawers.get(0).join(60_000);
    assertThat(drawers.get(0).isAlive()).isFalse();
  }
}
