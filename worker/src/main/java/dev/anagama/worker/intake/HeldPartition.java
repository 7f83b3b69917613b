package dev.anagama.worker.intake;

import dev.anagama.worker.publish.PartitionLease;
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
  private final Set<Long> survived;
  private @Nullable OffsetWatermark watermark;

  /**
   * Begins to hold it.
   *
   * @param survived offsets whose jobs had begun here when the partition was lost, by a worker that
   *     has lived on: that attempt is not counted against them
   */
  HeldPartition(PartitionLease lease, Set<Long> survived) {
    this.lease = lease;
    this.survived = survived;
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
      survived.forEach(known::survived);
      watermark = known;
    }
    return known;
  }

  private CommittedProgress progress(@Nullable OffsetAndMetadata committed, long firstOffset) {
    if (committed == null) {
      return CommittedProgress.at(firstOffset);
    }
    try {
      return CommittedProgress.of(committed);
    } catch (IllegalArgumentException e) {
      log.error(
          "{}: jobs behind offset {} are looked at again, because the commit there can not be read",
          lease,
          committed.offset(),
          e);
      return CommittedProgress.at(committed.offset());
    }
  }
}
