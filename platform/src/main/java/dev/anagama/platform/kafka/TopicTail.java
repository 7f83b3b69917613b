package dev.anagama.platform.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads whole topics from their start and goes on reading, on one thread of its own.
 *
 * <p>It belongs to no consumer group: every tail sees every committed record of every partition, in
 * order within a partition. While the brokers can not be reached it waits and tries again;
 * positions are its own, so nothing is skipped or repeated by that. Partitions that are added later
 * are found and read from their start.
 */
public final class TopicTail implements AutoCloseable {
  /** Takes the records, one at a time, on the tail's thread. */
  @FunctionalInterface
  public interface Handler {
    /**
     * Takes one record. If it throws, the failure is logged with the record's place and the tail
     * goes on with the next.
     *
     * @param record its value is {@code null} for a tombstone
     */
    void handle(ConsumerRecord<String, byte[]> record);
  }

  private static final Logger log = LoggerFactory.getLogger(TopicTail.class);

  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration CLOSE = Duration.ofSeconds(5);
  private static final long PAUSE_MILLIS = 500;
  private static final long DISCOVERY_NANOS =
      TimeUnit.MILLISECONDS.toNanos(KafkaEnds.METADATA_AGE_MILLIS);

  private final String name;
  private final Set<String> topics;
  private final Handler handler;
  private final Consumer<String, byte[]> consumer;
  private final Thread thread;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final CompletableFuture<Void> caughtUp = new CompletableFuture<>();

  private TopicTail(
      KafkaSettings settings, String name, Collection<String> topics, Handler handler) {
    this.name = name;
    this.topics = Set.copyOf(topics);
    this.handler = handler;
    this.consumer = KafkaEnds.soleConsumer(settings, "anagama-tail-" + name);
    this.thread = new Thread(this::run, "anagama-tail-" + name);
    // A tail whose owner was lost must not keep the process from ending.
    this.thread.setDaemon(true);
  }

  /**
   * Starts a tail. The topics need not exist yet and the brokers need not be up.
   *
   * @param name names the thread and the Kafka client
   * @param topics at least one
   * @throws KafkaException if the settings can not be used
   */
  public static TopicTail start(
      KafkaSettings settings, String name, Collection<String> topics, Handler handler) {
    if (topics.isEmpty()) {
      throw new IllegalArgumentException("topics of tail '%s' is empty".formatted(name));
    }
    TopicTail tail = new TopicTail(settings, name, topics, handler);
    tail.thread.start();
    return tail;
  }

  /**
   * Completes when every record that was committed when the tail first saw its topics has been
   * handled. It is cancelled when the tail is closed before.
   */
  public CompletableFuture<Void> caughtUp() {
    return caughtUp.copy();
  }

  /** Stops the thread and waits for it; the record at hand is handled to its end. */
  @Override
  public void close() {
    stopping.countDown();
    consumer.wakeup();
    if (Thread.currentThread() == thread) {
      return;
    }
    try {
      thread.join(CLOSE.toMillis() * 2);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      log.warn("tail {}: its handler has not returned; the thread is left behind", name);
    }
  }

  private void run() {
    try {
      Progress progress = new Progress();
      String lastFailure = "";
      while (stopping.getCount() > 0) {
        lastFailure = readOrPause(progress, lastFailure);
      }
    } finally {
      caughtUp.cancel(false);
      consumer.close(CloseOptions.timeout(CLOSE));
    }
  }

  /** Returns the failure, or an empty text; each new kind is logged once, not once for each try. */
  private String readOrPause(Progress progress, String lastFailure) {
    try {
      read(progress);
      if (!lastFailure.isEmpty()) {
        log.info("tail {}: reading again", name);
      }
      return "";
    } catch (WakeupException e) {
      // Only close() wakes the consumer; the loop's condition ends it.
      log.debug("tail {}: stopping", name);
      return lastFailure;
    } catch (KafkaException e) {
      if (!lastFailure.equals(e.toString())) {
        log.warn("tail {}: can not read {}, trying on: {}", name, topics, e.toString());
      }
      pause();
      return e.toString();
    }
  }

  /** What the tail has still to do; touched by its thread alone. */
  private static final class Progress {
    private final Map<TopicPartition, Long> ends = new HashMap<>();
    private boolean started;
    private long discoveredAtNanos;
  }

  private void read(Progress progress) {
    if (!progress.started || System.nanoTime() - progress.discoveredAtNanos > DISCOVERY_NANOS) {
      discover(progress);
      progress.discoveredAtNanos = System.nanoTime();
    }
    if (!progress.started) {
      pause();
      return;
    }
    for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
      if (stopping.getCount() == 0) {
        return;
      }
      handle(record);
    }
    if (!caughtUp.isDone()) {
      progress.ends.entrySet().removeIf(e -> consumer.position(e.getKey()) >= e.getValue());
      if (progress.ends.isEmpty()) {
        caughtUp.complete(null);
      }
    }
  }

  private void discover(Progress progress) {
    Set<TopicPartition> found = new HashSet<>();
    for (String topic : topics) {
      List<PartitionInfo> partitions = consumer.partitionsFor(topic);
      if (partitions.isEmpty()) {
        return;
      }
      partitions.forEach(p -> found.add(new TopicPartition(topic, p.partition())));
    }
    Set<TopicPartition> assigned = consumer.assignment();
    List<TopicPartition> added = new ArrayList<>(found);
    added.removeAll(assigned);
    if (added.isEmpty()) {
      return;
    }
    found.addAll(assigned);
    if (!progress.started) {
      progress.ends.putAll(consumer.endOffsets(found));
    }
    consumer.assign(found);
    consumer.seekToBeginning(added);
    progress.started = true;
  }

  private void handle(ConsumerRecord<String, byte[]> record) {
    try {
      handler.handle(record);
    } catch (RuntimeException e) {
      log.error(
          "tail {}: record at {}-{} offset {} was not handled",
          name,
          record.topic(),
          record.partition(),
          record.offset(),
          e);
    }
  }

  private void pause() {
    try {
      if (stopping.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
        log.debug("tail {}: stopping", name);
      }
    } catch (InterruptedException e) {
      // Nobody but close() may stop the thread, and it does so by the latch.
      log.debug("tail {}: interrupted", name);
    }
  }
}
