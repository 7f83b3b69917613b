package dev.anagama.gateway.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class ReadMarksTest {
  private static final TopicPartition FIRST = new TopicPartition("t", 0);
  private static final TopicPartition SECOND = new TopicPartition("t", 1);

  private final ReadMarks marks = new ReadMarks();

  @Test
  void waiters_areWokenUpToWhatWasRead_inTheirPartition() {
    CompletableFuture<Void> third = marks.whenRead(FIRST, 3);
    CompletableFuture<Void> fifth = marks.whenRead(FIRST, 5);
    CompletableFuture<Void> other = marks.whenRead(SECOND, 3);

    // The topic may have gaps: a record beyond is as good.
    marks.read(FIRST, 4);

    assertThat(third).isDone();
    assertThat(fifth).isNotDone();
    assertThat(other).isNotDone();
    assertThat(marks.whenRead(FIRST, 4)).isDone();
    assertThat(marks.waiters()).isEqualTo(2);
    marks.read(FIRST, 9);
    marks.read(SECOND, 3);
    assertThat(fifth).isDone();
    assertThat(other).isDone();
    assertThat(marks.waiters()).isZero();
  }

  @Test
  void released_isForgotten() {
    marks.whenRead(FIRST, 3).isDone();
    marks.release(FIRST, 3);
    marks.release(FIRST, 3);
    marks.release(SECOND, 3);

    assertThat(marks.waiters()).isZero();
  }
}
