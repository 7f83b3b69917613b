package dev.anagama.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.junit.jupiter.api.Test;

class OffsetWatermarkTest {
  /**
   * A partition with gaps, read by one worker after another. Each takes records in order, finishes
   * them in any order, commits now and then, and crashes at some point; the next begins with the
   * last commit, in the text that Kafka keeps.
   */
  @Test
  void everyRecord_isFinishedByExactlyOneCommittedAnswer() {
    for (int seed = 0; seed < 1000; seed++) {
      Random random = new Random(seed);
      List<Long> log = offsets(random, 1 + random.nextInt(60));
      NavigableSet<Long> committed = new TreeSet<>();
      OffsetAndMetadata kept = new OffsetAndMetadata(log.get(0));
      while (committed.size() < log.size()) {
        kept = oneLife(random, log, kept, committed);
      }
      assertThat(kept.offset()).as("seed %d", seed).isEqualTo(log.get(log.size() - 1) + 1);
      assertThat(kept.metadata()).isEmpty();
    }
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
    OffsetWatermark watermark =
        new OffsetWatermark(
            new CommittedProgress(
                5,
                10,
                new TreeMap<>(Map.of(5L, Attempts.NONE, 7L, Attempts.NONE, 8L, Attempts.NONE))));

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
        new OffsetWatermark(new CommittedProgress(3, 5, new TreeMap<>(Map.of(3L, Attempts.NONE))));

    assertThatThrownBy(() -> watermark.finish(3)).hasMessageContaining("not in hand");
  }

  @Test
  void attempts_travelWithTheProgress_andAreTakenBack() {
    OffsetWatermark first = new OffsetWatermark(CommittedProgress.at(3));
    first.take(3);
    first.take(4);
    first.begin(3);
    first.excuse(3);
    first.begin(3);
    first.begin(4);
    first.handBack(4);

    OffsetWatermark second =
        new OffsetWatermark(CommittedProgress.of(first.progress().committed()));
    assertThat(second.attempts(3)).isEqualTo(new Attempts(2, 1));
    assertThat(second.attempts(4)).isEqualTo(Attempts.NONE);
    second.survived(3);
    second.survived(4);
    second.survived(5);
    assertThat(second.attempts(3)).isEqualTo(new Attempts(1, 1));
    assertThat(second.progress().unfinished()).containsOnlyKeys(3L, 4L);
  }

  @Test
  void hasRoom_endsWhereTheMetadataWouldNotFit() {
    OffsetWatermark near = new OffsetWatermark(CommittedProgress.at(0));
    assertThat(fill(near, 1)).isEqualTo(CommittedProgress.MAX_UNFINISHED);
    OffsetWatermark far = new OffsetWatermark(CommittedProgress.at(0));
    assertThat(fill(far, 1L << 40)).isBetween(200, 600);
    assertThat(far.progress().committed().metadata().length())
        .isLessThanOrEqualTo(CommittedProgress.MAX_METADATA_LENGTH);
  }

  private static int fill(OffsetWatermark watermark, long distance) {
    int taken = 0;
    for (long offset = 0; watermark.hasRoom(offset); offset += distance) {
      watermark.take(offset);
      taken++;
    }
    return taken;
  }
}
