package dev.anagama.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.junit.jupiter.api.Test;

class OffsetWatermarkTest {
  /**
   * A partition with gaps, read by one worker after another. Each takes records in order, finishes
   * them in any order, commits now and then, and crashes at some point; the next begins with the
   * last commit, in the text that Kafka keeps.
   */
  @Property
  void everyRecord_isFinishedByExactlyOneCommittedAnswer(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 60) int records) {
    Random random = new Random(seed);
    List<Long> log = offsets(random, records);
    NavigableSet<Long> committed = new TreeSet<>();
    OffsetAndMetadata kept = new OffsetAndMetadata(log.get(0));
    while (committed.size() < log.size()) {
      kept = oneLife(random, log, kept, committed);
    }
    assertThat(kept.offset()).isEqualTo(log.get(log.size() - 1) + 1);
    assertThat(kept.metadata()).isEmpty();
  }

  private static OffsetAndMetadata oneLife(
      Random random, List<Long> log, OffsetAndMetadata kept, NavigableSet<Long> committed) {
    OffsetWatermark watermark = new OffsetWatermark(CommittedProgress.of(kept));
    long from = kept.offset();
    List<Long> toRead = new ArrayList<>(log.stream().filter(offset -> offset >= from).toList());
    List<Long> inHand = new ArrayList<>();
    List<Long> answered = new ArrayList<>();
    OffsetAndMetadata last = kept;
    boolean willCrash = random.nextInt(3) > 0;
    while (!toRead.isEmpty() || !inHand.isEmpty() || !answered.isEmpty()) {
      int action = random.nextInt(willCrash ? 20 : 19);
      if (action == 19) {
        return last;
      } else if (action < 8 && !toRead.isEmpty()) {
        long offset = toRead.remove(0);
        assertThat(watermark.finished(offset)).isEqualTo(committed.contains(offset));
        if (!watermark.finished(offset)) {
          watermark.take(offset);
          inHand.add(offset);
        }
      } else if (action < 16 && !inHand.isEmpty()) {
        long offset = inHand.remove(random.nextInt(inHand.size()));
        watermark.finish(offset);
        answered.add(offset);
      } else if (action >= 16) {
        CommittedProgress progress = watermark.progress();
        last = progress.committed();
        assertThat(answered).noneMatch(committed::contains);
        committed.addAll(answered);
        answered.clear();
        assertThat(log).allMatch(o -> o >= progress.watermark() || committed.contains(o));
        assertThat(log).allMatch(o -> progress.finished(o) == committed.contains(o));
      }
    }
    return last;
  }

  private static List<Long> offsets(Random random, int records) {
    List<Long> offsets = new ArrayList<>();
    long next = random.nextInt(5);
    for (int i = 0; i < records; i++) {
      offsets.add(next);
      next += random.nextInt(4) > 0 ? 1 : 1 + random.nextInt(3);
    }
    return offsets;
  }

  @Test
  void take_afterRecordsThatVanished_holdsNothingUp() {
    NavigableSet<Long> unfinished = new TreeSet<>(List.of(5L, 7L, 8L));
    OffsetWatermark watermark = new OffsetWatermark(new CommittedProgress(5, 10, unfinished));

    watermark.take(8);
    watermark.finish(8);

    assertThat(watermark.progress()).isEqualTo(CommittedProgress.at(10));
  }

  @Test
  void take_again_isRefused() {
    OffsetWatermark watermark = new OffsetWatermark(CommittedProgress.at(3));
    watermark.take(3);

    assertThatThrownBy(() -> watermark.take(3)).hasMessageContaining("ascending");
  }

  @Test
  void finish_whatIsNotInHand_isRefused() {
    OffsetWatermark watermark =
        new OffsetWatermark(new CommittedProgress(3, 5, new TreeSet<>(List.of(3L))));

    assertThatThrownBy(() -> watermark.finish(3)).hasMessageContaining("not in hand");
  }
}
