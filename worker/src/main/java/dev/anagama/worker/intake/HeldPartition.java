package dev.anagama.worker.intake;

import dev.anagama.worker.publish.PartitionLease;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A partition that this worker holds, and what is finished in it. Used by one thread. */
final class HeldPartition {
  private static final Logger log = LoggerFactory.getLogger(HeldPartition.class);

  private final PartitionLease lease;
  private @Nullable OffsetWatermark watermark;

  HeldPartition(PartitionLease lease) {
    this.lease = lease;
  }

  PartitionLease lease() {
    return lease;
  }

  /**
   * What is finished; read from what was committed when the first record comes.
   *
   * @param firstOffset where the partition begins if nothing was committed
   * @throws KafkaException if the committed offset can not be read in time
   */
  OffsetWatermark watermark(Consumer<?, ?> consumer, long firstOffset) {
    OffsetWatermark known = watermark;
    if (known == null) {
      TopicPartition partition = lease.partition();
      known =
          new OffsetWatermark(
              progress(consumer.committed(Set.of(partition)).get(partition), firstOffset));
      watermark = known;
    }
    return known;
  }

  /** A record that was taken is finished. */
  void finish(long offset) {
    Objects.requireNonNull(watermark, "no record was taken").finish(offset);
  }

  /** What is to be committed. */
  CommittedProgress progress() {
    return Objects.requireNonNull(watermark, "no record was taken").progress();
  }

  private CommittedProgress progress(@Nullable OffsetAndMetadata committed, long firstOffset) {
    if (committed == null) {
      return CommittedProgress.at(firstOffset);
    }
    try {
      return CommittedProgress.of(committed);
    } catch (IllegalArgumentException e) {
      log.error(
          "{}: jobs behind offset {} may be told twice, because the commit there can not be read",
          lease,
          committed.offset(),
          e);
      return CommittedProgress.at(committed.offset());
    }
  }
}
