package dev.anagama.platform.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class KafkaEndsIT {
  private static BrokerFixture broker;

  @BeforeAll
  static void startBroker(@TempDir Path folder) {
    broker = new BrokerFixture(folder);
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Test
  void producer_acknowledgedRecord_isReadByAGroupFromTheStart() throws Exception {
    String topic = broker.newTopic(1);
    try (Producer<String, byte[]> producer = KafkaEnds.producer(broker.settings(), "p")) {
      producer.send(record(topic, "v")).get();
    }

    try (Consumer<String, byte[]> consumer = group(topic, newName())) {
      assertThat(read(consumer, 1)).containsExactly("v");
    }
  }

  @Test
  void groupConsumer_nothingCommittedByItsOwner_commitsNothing() throws Exception {
    String topic = broker.newTopic(1);
    String group = newName();
    TopicPartition partition = new TopicPartition(topic, 0);
    try (Producer<String, byte[]> producer = KafkaEnds.producer(broker.settings(), "p")) {
      producer.send(record(topic, "v")).get();
    }
    // The guarantee holds even against a setting that asks for the opposite.
    KafkaSettings settings = broker.settings(Map.of("enable.auto.commit", "true"));
    try (Consumer<String, byte[]> consumer = KafkaEnds.groupConsumer(settings, "c", group)) {
      consumer.subscribe(List.of(topic));
      assertThat(read(consumer, 1)).containsExactly("v");
    }

    try (Consumer<String, byte[]> consumer = group(topic, group)) {
      assertThat(read(consumer, 1)).containsExactly("v");
      consumer.commitSync(Map.of(partition, new OffsetAndMetadata(1, "beyond: 3,5")));
      assertThat(consumer.committed(Set.of(partition)))
          .containsEntry(partition, new OffsetAndMetadata(1, "beyond: 3,5"));
    }
  }

  @Test
  void producer_settingsThatWeakenIt_areOverruled() throws Exception {
    KafkaSettings settings = broker.settings(Map.of("acks", "0", "enable.idempotence", "false"));
    String topic = broker.newTopic(1);

    try (Producer<String, byte[]> producer = KafkaEnds.producer(settings, "p")) {
      // Without acknowledgements there would be no offset to tell.
      assertThat(producer.send(record(topic, "v")).get().hasOffset()).isTrue();
    }
  }

  @Test
  void producer_brokersNotReachable_failsWithinItsLimit() {
    KafkaSettings nowhere = new KafkaSettings("127.0.0.1:1", Map.of("max.block.ms", "500"));
    long startNanos = System.nanoTime();
    try (Producer<String, byte[]> producer = KafkaEnds.producer(nowhere, "p")) {
      assertThatThrownBy(() -> producer.send(record("t", "v")).get())
          .hasRootCauseInstanceOf(TimeoutException.class);
    }

    assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void transactionalProducer_abortedRecordsAndOffsets_areNotSeen() throws Exception {
    String jobs = broker.newTopic(1);
    String events = broker.newTopic(1);
    String group = newName();
    TopicPartition partition = new TopicPartition(jobs, 0);
    try (Producer<String, byte[]> producer = transactional(newName());
        Consumer<String, byte[]> consumer = group(jobs, group)) {
      producer.initTransactions();
      write(jobs, "job");
      assertThat(read(consumer, 1)).containsExactly("job");

      producer.beginTransaction();
      producer.send(record(events, "aborted")).get();
      producer.sendOffsetsToTransaction(
          Map.of(partition, new OffsetAndMetadata(1)), consumer.groupMetadata());
      producer.abortTransaction();
      assertThat(consumer.committed(Set.of(partition))).containsEntry(partition, null);

      producer.beginTransaction();
      producer.send(record(events, "committed")).get();
      producer.sendOffsetsToTransaction(
          Map.of(partition, new OffsetAndMetadata(1)), consumer.groupMetadata());
      producer.commitTransaction();
      assertThat(consumer.committed(Set.of(partition)))
          .containsEntry(partition, new OffsetAndMetadata(1));
    }

    try (Consumer<String, byte[]> consumer = group(events, newName())) {
      assertThat(read(consumer, 1)).containsExactly("committed");
    }
  }

  @Test
  void transactionalProducer_sameIdStartedAgain_fencesTheFirst() throws Exception {
    String topic = broker.newTopic(1);
    String transactionalId = newName();
    try (Producer<String, byte[]> zombie = transactional(transactionalId);
        Producer<String, byte[]> successor = transactional(transactionalId)) {
      zombie.initTransactions();
      zombie.beginTransaction();
      zombie.send(record(topic, "zombie")).get();
      successor.initTransactions();

      assertThatExceptionOfType(ProducerFencedException.class)
          .isThrownBy(zombie::commitTransaction);
      successor.beginTransaction();
      successor.send(record(topic, "successor")).get();
      successor.commitTransaction();
    }

    try (Consumer<String, byte[]> consumer = group(topic, newName())) {
      assertThat(read(consumer, 1)).containsExactly("successor");
    }
  }

  @Test
  void transactionalProducer_groupHasGivenItsConsumerUp_canNotCommit() throws Exception {
    String jobs = broker.newTopic(1);
    String events = broker.newTopic(1);
    String group = newName();
    TopicPartition partition = new TopicPartition(jobs, 0);
    write(jobs, "job");
    ConsumerGroupMetadata given;
    try (Consumer<String, byte[]> consumer = group(jobs, group)) {
      assertThat(read(consumer, 1)).containsExactly("job");
      given = consumer.groupMetadata();
    }

    try (Producer<String, byte[]> zombie = transactional(newName());
        Consumer<String, byte[]> successor = group(jobs, group)) {
      assertThat(read(successor, 1)).containsExactly("job");
      zombie.initTransactions();
      zombie.beginTransaction();
      zombie.send(record(events, "zombie")).get();
      assertThatExceptionOfType(CommitFailedException.class)
          .isThrownBy(
              () ->
                  zombie.sendOffsetsToTransaction(
                      Map.of(partition, new OffsetAndMetadata(1)), given));
      zombie.abortTransaction();
      assertThat(successor.committed(Set.of(partition))).containsEntry(partition, null);

      try (Producer<String, byte[]> owner = transactional(newName())) {
        owner.initTransactions();
        owner.beginTransaction();
        owner.send(record(events, "owner")).get();
        owner.sendOffsetsToTransaction(
            Map.of(partition, new OffsetAndMetadata(1)), successor.groupMetadata());
        owner.commitTransaction();
      }
    }

    try (Consumer<String, byte[]> consumer = group(events, newName())) {
      assertThat(read(consumer, 1)).containsExactly("owner");
    }
  }

  /** Outside of any transaction. */
  private static void write(String topic, String value) throws Exception {
    try (Producer<String, byte[]> producer = KafkaEnds.producer(broker.settings(), "p")) {
      producer.send(record(topic, value)).get();
    }
  }

  private static Consumer<String, byte[]> group(String topic, String group) {
    Consumer<String, byte[]> consumer = KafkaEnds.groupConsumer(broker.settings(), "c", group);
    consumer.subscribe(List.of(topic));
    return consumer;
  }

  /** Reads at least {@code count} values, or what there is after 40 seconds. */
  private static List<String> read(Consumer<String, byte[]> consumer, int count) {
    List<String> values = new ArrayList<>();
    long endNanos = System.nanoTime() + Duration.ofSeconds(40).toNanos();
    while (values.size() < count && System.nanoTime() < endNanos) {
      for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
        values.add(new String(record.value(), UTF_8));
      }
    }
    return values;
  }

  private static ProducerRecord<String, byte[]> record(String topic, String value) {
    return new ProducerRecord<>(topic, "k", value.getBytes(UTF_8));
  }

  private static Producer<String, byte[]> transactional(String transactionalId) {
    return KafkaEnds.transactionalProducer(broker.settings(), "p", transactionalId);
  }

  private static String newName() {
    return "n-" + UUID.randomUUID();
  }
}
