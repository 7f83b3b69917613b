package dev.anagama.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.junit.jupiter.api.Test;

class CommittedProgressTest {
  @Property
  void committed_isReadBack(
      @ForAll @Size(max = 40) Set<@LongRange(min = 0, max = 1L << 60) Long> offsets,
      @ForAll @LongRange(min = 1, max = 1L << 40) long beyond) {
    CommittedProgress progress =
        offsets.isEmpty()
            ? CommittedProgress.at(beyond)
            : new CommittedProgress(
                new TreeSet<>(offsets).first(),
                new TreeSet<>(offsets).last() + beyond,
                new TreeSet<>(offsets));

    assertThat(CommittedProgress.of(progress.committed())).isEqualTo(progress);
  }

  @Test
  void committed_withAllJobsInHandFarApart_fitsIntoTheMetadata() {
    TreeSet<Long> unfinished =
        LongStream.range(0, CommittedProgress.MAX_UNFINISHED)
            .mapToObj(i -> i * 2_000_000)
            .collect(Collectors.toCollection(TreeSet::new));

    CommittedProgress progress = new CommittedProgress(0, 1L << 50, unfinished);

    assertThat(progress.committed().metadata().length()).isLessThanOrEqualTo(4096);
  }

  @Test
  void of_metadataOfOthers_isRefused() {
    for (String metadata : List.of("consumer-7", "1:", "1:****", "1:gA")) {
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
    assertThatThrownBy(() -> new CommittedProgress(5, 9, new TreeSet<>(List.of(4L, 6L))))
        .hasMessageContaining("watermark is 5");
  }
}
