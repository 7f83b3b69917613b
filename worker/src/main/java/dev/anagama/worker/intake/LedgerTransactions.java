package dev.anagama.worker.intake;

import dev.anagama.platform.kafka.KafkaEnds;
import dev.anagama.platform.kafka.KafkaSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Terminal events and consumed offsets, all or nothing. The group's metadata goes along, so that a
 * worker that the group has given up can not commit.
 *
 * <p><b>After any failure</b> the producer is thrown away and another one made under the same
 * transactional id. Its start waits until the transaction that failed has ended one way or the
 * other. Which way is for the owner to read from the committed offsets: they answer where the kinds
 * of exceptions of a producer can not. Only a transaction that brokers of Kafka 4.3.0 to 4.4.0 have
 * left hanging (KAFKA-20734) keeps them from being read, until an operator has ended it.
 *
 * <p>Used by one thread.
 */
final class LedgerTransactions implements AutoCloseable {
  private static final Duration CLOSE = Duration.ofSeconds(5);

  private final KafkaSettings kafka;
  private final String worker;
  private @Nullable Producer<String, byte[]> producer;

  /**
   * Makes nothing yet.
   *
   * @param worker its name; no two workers may have the same, or each fences the other
   */
  LedgerTransactions(KafkaSettings kafka, String worker) {
    this.kafka = kafka;
    this.worker = worker;
  }

  /**
   * Makes sure that there is a producer.
   *
   * @return whether it is a new one: every transaction before it has ended now
   * @throws KafkaException if the brokers do not answer in time
   */
  boolean open() {
    if (producer != null) {
      return false;
    }
    String id = "anagama-worker-" + worker;
    Producer<String, byte[]> opened = KafkaEnds.transactionalProducer(kafka, id, id);
    try {
      opened.initTransactions();
    } catch (KafkaException e) {
      opened.close(Duration.ZERO);
      throw e;
    }
    producer = opened;
    return true;
  }

  /**
   * Commits one transaction.
   *
   * @throws KafkaException if it is not certain that it was committed; {@link #discard} comes next
   * @throws IllegalStateException if {@link #open} was not called
   */
  void commit(
      List<Answer> answers,
      Map<TopicPartition, OffsetAndMetadata> progress,
      ConsumerGroupMetadata group) {
    Producer<String, byte[]> open = producer;
    if (open == null) {
      throw new IllegalStateException("there is no producer; open() makes one");
    }
    open.beginTransaction();
    for (Answer answer : answers) {
      for (ProducerRecord<String, byte[]> record : answer.records()) {
        // A send that fails fails the commit.
        var unused = open.send(record);
      }
    }
    open.sendOffsetsToTransaction(progress, group);
    open.commitTransaction();
  }

  /** Throws the producer away, whatever state it is in. */
  void discard() {
    if (producer != null) {
      producer.close(Duration.ZERO);
      producer = null;
    }
  }

  @Override
  public void close() {
    if (producer != null) {
      producer.close(CLOSE);
      producer = null;
    }
  }
}
