package dev.anagama.worker.intake;

import com.google.protobuf.Timestamp;
import dev.anagama.platform.kafka.KafkaEnds;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.worker.publish.TakenJob;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether a record is the first of its job id, by reading its partition from the time at
 * which the job was accepted up to the record. Seldom needed; see {@link JobIntake}.
 */
final class FirstRecord {
  /** Longest look, well below the time after which the group gives a silent member up. */
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** Between the clock that accepted the job and the one that stamped the record. */
  private static final Duration CLOCK_SKEW = Duration.ofMinutes(5);

  private static final Duration POLL = Duration.ofMillis(500);

  private final KafkaSettings kafka;
  private final String worker;

  FirstRecord(KafkaSettings kafka, String worker) {
    this.kafka = kafka;
    this.worker = worker;
  }

  /**
   * Whether no record before this one has the same job id.
   *
   * @throws KafkaException if the partition can not be read in time
   */
  boolean isFirst(TakenJob taken) {
    TopicPartition partition = taken.lease().partition();
    // No member of the group that the id names: the partition is assigned by hand.
    try (Consumer<String, byte[]> consumer =
        KafkaEnds.groupConsumer(kafka, "anagama-lookup-" + worker, JobIntake.GROUP + "-lookup")) {
      consumer.assign(List.of(partition));
      seek(consumer, partition, taken);
      long deadlineNanos = System.nanoTime() + LIMIT.toNanos();
      while (consumer.position(partition) < taken.offset()) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
          if (record.offset() < taken.offset() && taken.id().equals(record.key())) {
            return false;
          }
        }
        if (System.nanoTime() - deadlineNanos > 0) {
          throw new TimeoutException(
              "%s: the partition was not read up to it in %s".formatted(taken, LIMIT));
        }
      }
      return true;
    }
  }

  private static void seek(
      Consumer<String, byte[]> consumer, TopicPartition partition, TakenJob taken) {
    Timestamp acceptedAt = taken.job().getAcceptedAt();
    long fromMillis = Math.max(0, acceptedAt.getSeconds() * 1000 - CLOCK_SKEW.toMillis());
    @Nullable OffsetAndTimestamp from =
        consumer.offsetsForTimes(Map.of(partition, fromMillis)).get(partition);
    if (from == null) {
      consumer.seekToBeginning(List.of(partition));
    } else {
      consumer.seek(partition, from.offset());
    }
  }
}
