package dev.anagama.platform.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class TopicReaderIT {
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
  void forEach_severalPartitions_handsOverWhatIsThereAndReturns() throws Exception {
    String topic = broker.newTopic(3);
    for (int i = 0; i < 50; i++) {
      send(topic, i % 2, "v" + i);
    }

    try (TopicReader reader = TopicReader.open(broker.settings(), "test", topic)) {
      List<String> read = new ArrayList<>();
      reader.forEach(record -> read.add(text(record)));
      assertThat(read).hasSize(50);
      assertThat(read.stream().filter(v -> Integer.parseInt(v.substring(1)) % 2 == 1))
          .first()
          .isEqualTo("v1");

      // The same reader sees what came since, at the next call.
      send(topic, 2, "late");
      List<String> again = new ArrayList<>();
      reader.forEach(record -> again.add(text(record)));
      assertThat(again).hasSize(51).contains("late");
    }
  }

  @Test
  void forEach_recordsThatComeMeanwhile_areLeftAlone() throws Exception {
    String topic = broker.newTopic(1);
    send(topic, 0, "first");
    try (TopicReader reader = TopicReader.open(broker.settings(), "test", topic)) {
      List<String> read = new ArrayList<>();
      reader.forEach(
          record -> {
            read.add(text(record));
            sendOrFail(topic, "made by reading");
          });
      assertThat(read).containsExactly("first");
    }
  }

  @Test
  void forEach_transactions_handsOverTheCommittedAlone() throws Exception {
    String topic = broker.newTopic(1);
    try (Producer<String, byte[]> producer =
        KafkaEnds.transactionalProducer(broker.settings(), "p", topic)) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(topic, "k", "undone".getBytes(UTF_8))).get();
      producer.abortTransaction();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(topic, "k", "done".getBytes(UTF_8))).get();
      producer.commitTransaction();
    }

    try (TopicReader reader = TopicReader.open(broker.settings(), "test", topic)) {
      List<String> read = new ArrayList<>();
      reader.forEach(record -> read.add(text(record)));
      assertThat(read).containsExactly("done");
      // 0: undone, 1: the mark of its end, 2: done, 3: the mark of its end.
      assertThat(reader.at(0, 0)).isEmpty();
      assertThat(reader.at(0, 1)).isEmpty();
      assertThat(reader.at(0, 2)).map(TopicReaderIT::text).hasValue("done");
      assertThat(reader.at(0, 3)).isEmpty();
    }
  }

  @Test
  void forEach_emptyTopic_returnsAtOnce() {
    String topic = broker.newTopic(2);
    try (TopicReader reader = TopicReader.open(broker.settings(), "test", topic)) {
      reader.forEach(
          record -> {
            throw new AssertionError(record);
          });
    }
  }

  @Test
  void at_placeThatIsNot_isEmpty() throws Exception {
    String topic = broker.newTopic(1);
    send(topic, 0, "v");
    try (TopicReader reader = TopicReader.open(broker.settings(), "test", topic)) {
      assertThat(reader.at(0, 0)).map(TopicReaderIT::text).hasValue("v");
      assertThat(reader.at(0, 1)).isEmpty();
      assertThat(reader.at(1, 0)).isEmpty();
    }
  }

  @Test
  void open_noSuchTopic_saysSo() {
    assertThatExceptionOfType(KafkaException.class)
        .isThrownBy(() -> TopicReader.open(broker.settings(), "test", "nowhere"))
        .withMessageContaining("there is no topic nowhere");
  }

  @Test
  void open_nobodyThere_saysSoInTime() {
    KafkaSettings nobody =
        new KafkaSettings("127.0.0.1:1", Map.of("default.api.timeout.ms", "6000"));
    assertThatExceptionOfType(KafkaException.class)
        .isThrownBy(() -> TopicReader.open(nobody, "test", "t"))
        .withMessageContaining("Kafka at 127.0.0.1:1");
  }

  private static void sendOrFail(String topic, String value) {
    try {
      send(topic, 0, value);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static void send(String topic, int partition, String value) throws Exception {
    try (Producer<String, byte[]> producer = KafkaEnds.producer(broker.settings(), "p")) {
      producer.send(new ProducerRecord<>(topic, partition, "k", value.getBytes(UTF_8))).get();
    }
  }

  private static String text(ConsumerRecord<String, byte[]> record) {
    return new String(record.value(), UTF_8);
  }
}
