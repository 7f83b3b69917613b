package dev.anagama.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.junit.jupiter.api.Test;

class CommittedProgressTest {
  @Test
  void committed_isReadBack() {
    for (int seed = 0; seed < 1000; seed++) {
      CommittedProgress progress = random(new Random(seed));

      assertThat(CommittedProgress.of(progress.committed()))
          .as("seed %d", seed)
          .isEqualTo(progress);
    }
  }

  private static CommittedProgress random(Random random) {
    TreeMap<Long, Attempts> unfinished = new TreeMap<>();
    for (int i = random.nextInt(40); i > 0; i--) {
      int begun = random.nextInt(Attempts.LIMIT + 1);
      unfinished.put(
          random.nextLong(1L << random.nextInt(1, 50)),
          new Attempts(begun, random.nextInt(begun + 1)));
    }
    long beyond = 1 + random.nextLong(1L << 40);
    return unfinished.isEmpty()
        ? CommittedProgress.at(beyond)
        : new CommittedProgress(unfinished.firstKey(), unfinished.lastKey() + beyond, unfinished);
  }

  @Test
  void committed_withAllJobsInHandFarApart_fitsIntoTheMetadata() {
    Attempts most = new Attempts(Attempts.LIMIT, Attempts.LIMIT);
    TreeMap<Long, Attempts> unfinished = new TreeMap<>();
    for (long i = 0; i < CommittedProgress.MAX_UNFINISHED; i++) {
      unfinished.put(i * 32_767, most);
    }

    CommittedProgress progress = new CommittedProgress(0, 1L << 50, unfinished);

    assertThat(progress.committed().metadata().length())
        .isLessThanOrEqualTo(CommittedProgress.MAX_METADATA_LENGTH);
  }

  @Test
  void of_whatTheFirstVersionHasCommitted_hasNoAttempts() {
    // 10 to the end; unfinished are the watermark, 3 behind it, and 130 behind that.
    CommittedProgress read = CommittedProgress.of(new OffsetAndMetadata(5, "1:jAEDggE"));

    assertThat(read)
        .isEqualTo(
            new CommittedProgress(
                5,
                5 + 140,
                new TreeMap<>(Map.of(5L, Attempts.NONE, 8L, Attempts.NONE, 138L, Attempts.NONE))));
  }

  @Test
  void of_metadataOfOthers_isRefused() {
    for (String metadata : List.of("consumer-7", "1:", "2:", "2:****", "2:gA", "2:Af8A")) {
      assertThatThrownBy(() -> CommittedProgress.of(new OffsetAndMetadata(5, metadata)))
          .as(metadata)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void of_plainOffset_isThatOffset() {
    assertThat(CommittedProgress.of(new OffsetAndMetadata(5))).isEqualTo(CommittedProgress.at(5));
  }

  @Test
  void unfinishedBelowTheWatermark_isRefused() {
    TreeMap<Long, Attempts> unfinished =
        new TreeMap<>(Map.of(4L, Attempts.NONE, 6L, Attempts.NONE));

    assertThatThrownBy(() -> new CommittedProgress(5, 9, unfinished))
        .hasMessageContaining("watermark is 5");
  }
}
