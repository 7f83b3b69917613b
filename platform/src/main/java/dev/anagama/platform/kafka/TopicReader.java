package dev.anagama.platform.kafka;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Reads what one topic holds now, on the caller's thread; {@link TopicTail} is the one that goes on
 * reading. It belongs to no consumer group, sees committed records alone and leaves no trace. Not
 * safe for several threads.
 */
public final class TopicReader implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration CLOSE = Duration.ofSeconds(5);

  /** Longest that a record which is known to be there may keep the reader waiting. */
  private static final Duration SILENCE = Duration.ofMillis(KafkaEnds.CALL_TIMEOUT_MILLIS);

  private final String topic;
  private final Consumer<String, byte[]> consumer;
  private final List<TopicPartition> partitions;

  private TopicReader(
      String topic, Consumer<String, byte[]> consumer, List<TopicPartition> partitions) {
    this.topic = topic;
    this.consumer = consumer;
    this.partitions = partitions;
  }

  /**
   * Opens a topic.
   *
   * @param name names the Kafka client
   * @throws KafkaException if there is no such topic, or the cluster can not be reached in {@link
   *     KafkaEnds#CALL_TIMEOUT_MILLIS}
   */
  public static TopicReader open(KafkaSettings settings, String name, String topic) {
    Consumer<String, byte[]> consumer = KafkaEnds.soleConsumer(settings, "anagama-" + name);
    boolean opened = false;
    try {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      if (partitions.isEmpty()) {
        throw new UnknownTopicOrPartitionException("there is no topic " + topic);
      }
      TopicReader reader = new TopicReader(topic, consumer, partitions);
      opened = true;
      return reader;
    } catch (KafkaException e) {
      throw new KafkaException(
          "Kafka at %s: %s".formatted(settings.bootstrapServers(), e.getMessage()), e);
    } finally {
      if (!opened) {
        consumer.close(CloseOptions.timeout(CLOSE));
      }
    }
  }

  /**
   * Hands over every record that was committed at the call, in order within a partition, and
   * returns; what comes later is left alone.
   *
   * @throws KafkaException if the topic can not be read on for {@link
   *     KafkaEnds#CALL_TIMEOUT_MILLIS}
   */
  public void forEach(java.util.function.Consumer<ConsumerRecord<String, byte[]>> handler) {
    Map<TopicPartition, Long> ends = new HashMap<>(consumer.endOffsets(partitions));
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    long heardAtNanos = System.nanoTime();
    while (behind(ends)) {
      Collection<TopicPartition> read = List.copyOf(ends.keySet());
      var records = consumer.poll(POLL);
      for (TopicPartition partition : read) {
        long end = Objects.requireNonNull(ends.get(partition));
        records.records(partition).stream().filter(r -> r.offset() < end).forEach(handler);
      }
      heardAtNanos = heardAt(heardAtNanos, records.isEmpty());
    }
  }

  /**
   * The record at a place.
   *
   * @return empty if there is none: it is gone by its age, was never there, or is no record but a
   *     mark of a transaction
   * @throws KafkaException if the topic can not be read on for {@link
   *     KafkaEnds#CALL_TIMEOUT_MILLIS}
   */
  public Optional<ConsumerRecord<String, byte[]>> at(int partition, long offset) {
    TopicPartition place = new TopicPartition(topic, partition);
    if (!partitions.contains(place) || offset < beginning(place) || offset >= end(place)) {
      return Optional.empty();
    }
    consumer.assign(List.of(place));
    consumer.seek(place, offset);
    long heardAtNanos = System.nanoTime();
    while (consumer.position(place) <= offset) {
      var records = consumer.poll(POLL);
      for (ConsumerRecord<String, byte[]> record : records.records(place)) {
        return Optional.of(record).filter(r -> r.offset() == offset);
      }
      heardAtNanos = heardAt(heardAtNanos, records.isEmpty());
    }
    return Optional.empty();
  }

  @Override
  public void close() {
    consumer.close(CloseOptions.timeout(CLOSE));
  }

  /** Whether a partition has records left; those that have none are taken out. */
  private boolean behind(Map<TopicPartition, Long> ends) {
    ends.entrySet().removeIf(end -> consumer.position(end.getKey()) >= end.getValue());
    return !ends.isEmpty();
  }

  private long beginning(TopicPartition place) {
    return Objects.requireNonNull(consumer.beginningOffsets(List.of(place)).get(place));
  }

  private long end(TopicPartition place) {
    return Objects.requireNonNull(consumer.endOffsets(List.of(place)).get(place));
  }

  private long heardAt(long heardAtNanos, boolean silent) {
    long nowNanos = System.nanoTime();
    if (!silent) {
      return nowNanos;
    }
    if (nowNanos - heardAtNanos > SILENCE.toNanos()) {
      throw new TimeoutException(
          "nothing of topic %s was read in %d s".formatted(topic, SILENCE.toSeconds()));
    }
    return heardAtNanos;
  }
}
