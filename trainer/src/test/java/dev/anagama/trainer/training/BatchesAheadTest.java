package dev.anagama.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.anagama.trainer.data.IdxSamples;
import dev.anagama.trainer.data.LabelledImages;
import java.io.InterruptedIOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchesAheadTest {
  private static final TrainingOptions OPTIONS = TinyTraining.options(192);
  private static final LabelledImages DATA = IdxSamples.halves(200, 1);

  @Test
  void take_anyOrder_givesTheBatchesOfTheSource() throws Exception {
    BatchSource source = new BatchSource(DATA, OPTIONS);
    try (BatchesAhead ahead = new BatchesAhead(new BatchSource(DATA, OPTIONS))) {
      for (long step : new long[] {0, 1, 2, 3, 40, 41, 7, 7, 6}) {
        Batch expected = source.batch(step);
        Batch found = ahead.take(step);

        assertThat(found.x()).isEqualTo(expected.x());
        assertThat(found.conditions()).isEqualTo(expected.conditions());
        assertThat(found.logSnrs()).isEqualTo(expected.logSnrs());
        assertThat(found.eps()).isEqualTo(expected.eps());
      }
    }
  }

  @Test
  void take_interrupted_saysSoAndKeepsTheMark() {
    try (BatchesAhead ahead = new BatchesAhead(new BatchSource(DATA, OPTIONS))) {
      Thread.currentThread().interrupt();

      assertThatThrownBy(() -> ahead.take(3))
          .isInstanceOf(InterruptedIOException.class)
          .hasMessageContaining("batch 3");
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void close_withABatchAhead_endsTheThread() throws Exception {
    List<Thread> threads;
    try (BatchesAhead ahead = new BatchesAhead(new BatchSource(DATA, OPTIONS))) {
      var unused = ahead.take(0);
      threads =
          Thread.getAllStackTraces().keySet().stream()
              .filter(each -> each.getName().equals("anagama-batches"))
              .toList();
    }
    assertThat(threads).isNotEmpty();
    for (Thread thread : threads) {
      thread.join(10_000);
      assertThat(thread.isAlive()).isFalse();
    }
  }
}
