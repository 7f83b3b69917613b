package dev.anagama.platform.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class TopicTailIT {
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  private static BrokerFixture broker;
  private static Producer<String, byte[]> producer;

  private final List<String> seen = new CopyOnWriteArrayList<>();

  @BeforeAll
  static void startBroker(@TempDir Path folder) {
    broker = new BrokerFixture(folder);
    producer = KafkaEnds.producer(broker.settings(), "test");
  }

  @AfterAll
  static void stopBroker() {
    producer.close();
    broker.close();
  }

  @Test
  void start_existingRecords_areCaughtUpWith() throws Exception {
    String topic = broker.newTopic(3);
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      sent.add(producer.send(new ProducerRecord<>(topic, "k" + i, ("v" + i).getBytes(UTF_8))));
    }
    for (Future<RecordMetadata> acknowledged : sent) {
      acknowledged.get();
    }

    try (TopicTail tail = tail(topic)) {
      tail.caughtUp().get(100, TimeUnit.SECONDS);

      assertThat(seen).hasSize(1000).contains("v0", "v999").doesNotHaveDuplicates();
    }
  }

  @Test
  void start_emptyTopic_isCaughtUpAtOnce() throws Exception {
    try (TopicTail tail = tail(broker.newTopic(3))) {
      tail.caughtUp().get(100, TimeUnit.SECONDS);

      assertThat(seen).isEmpty();
    }
  }

  @Test
  void handle_newRecords_areSeenInOrder() throws Exception {
    String topic = broker.newTopic(3);
    try (TopicTail tail = tail(topic)) {
      tail.caughtUp().get(100, TimeUnit.SECONDS);
      send(topic, "k", "first");
      send(topic, "k", "second");

      await().atMost(PATIENCE).untilAsserted(() -> assertThat(seen).hasSize(2));
      assertThat(seen).containsExactly("first", "second");
    }
  }

  @Test
  void handle_severalTopics_areAllSeen() throws Exception {
    String one = broker.newTopic(1);
    String two = broker.newTopic(2);
    send(one, "k", "in one");
    send(two, "k", "in two");

    try (TopicTail tail = tail(one, two)) {
      tail.caughtUp().get(100, TimeUnit.SECONDS);

      assertThat(seen).containsExactlyInAnyOrder("in one", "in two");
    }
  }

  @Test
  void handle_tombstone_hasNoValue() throws Exception {
    String topic = broker.newTopic(1);
    List<ConsumerRecord<String, byte[]>> records = new CopyOnWriteArrayList<>();
    try (Producer<String, byte[]> producer = KafkaEnds.producer(broker.settings(), "test")) {
      producer.send(new ProducerRecord<>(topic, "k", null)).get();
    }

    try (TopicTail tail = TopicTail.start(broker.settings(), "t", List.of(topic), records::add)) {
      tail.caughtUp().get(100, TimeUnit.SECONDS);

      assertThat(records).singleElement().satisfies(r -> assertThat(r.value()).isNull());
    }
  }

  @Test
  void handle_abortedTransaction_isIgnored() throws Exception {
    String topic = broker.newTopic(1);
    try (Producer<String, byte[]> producer = transactional()) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(record(topic, "aborted")).get();
      producer.abortTransaction();
      producer.beginTransaction();
      producer.send(record(topic, "committed")).get();
      producer.commitTransaction();
      producer.beginTransaction();
      producer.send(record(topic, "aborted too")).get();
      producer.abortTransaction();
    }

    try (TopicTail tail = tail(topic)) {
      tail.caughtUp().get(100, TimeUnit.SECONDS);
      send(topic, "k", "last");

      await().atMost(PATIENCE).untilAsserted(() -> assertThat(seen).contains("last"));
      assertThat(seen).containsExactly("committed", "last");
    }
  }

  @Test
  void caughtUp_transactionStillOpen_doesNotWaitForIt() throws Exception {
    String topic = broker.newTopic(1);
    try (Producer<String, byte[]> producer = transactional()) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(record(topic, "open")).get();

      try (TopicTail tail = tail(topic)) {
        tail.caughtUp().get(100, TimeUnit.SECONDS);
        assertThat(seen).isEmpty();
        producer.commitTransaction();

        await().atMost(PATIENCE).untilAsserted(() -> assertThat(seen).containsExactly("open"));
      }
    }
  }

  @Test
  void handle_throwingHandler_doesNotStopIt() throws Exception {
    String topic = broker.newTopic(1);
    TopicTail.Handler handler =
        record -> {
          String value = new String(record.value(), UTF_8);
          if (value.startsWith("bad")) {
            throw new IllegalStateException("refused on purpose by the test");
          }
          seen.add(value);
        };
    send(topic, "k", "bad");
    send(topic, "k", "good");
    send(topic, "k", "bad again");

    try (TopicTail tail = TopicTail.start(broker.settings(), "t", List.of(topic), handler)) {
      tail.caughtUp().get(100, TimeUnit.SECONDS);
      send(topic, "k", "good again");

      await().atMost(PATIENCE).untilAsserted(() -> assertThat(seen).hasSize(2));
      assertThat(seen).containsExactly("good", "good again");
    }
  }

  @Test
  void start_topicNotThereYet_isFoundLater() throws Exception {
    String topic = "later-" + UUID.randomUUID();
    try (TopicTail tail = tail(topic)) {
      assertThat(tail.caughtUp()).isNotDone();
      broker.createTopic(topic, 2);
      send(topic, "k", "v");

      await().atMost(PATIENCE).untilAsserted(() -> assertThat(seen).containsExactly("v"));
      tail.caughtUp().get(100, TimeUnit.SECONDS);
    }
  }

  @Test
  void handle_partitionsAdded_areReadFromTheirStart() throws Exception {
    String topic = broker.newTopic(1);
    try (TopicTail tail = tail(topic)) {
      tail.caughtUp().get(100, TimeUnit.SECONDS);
      try (Admin admin = KafkaEnds.admin(broker.settings(), "test")) {
        admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(2))).all().get();
      }
      try (Producer<String, byte[]> producer = KafkaEnds.producer(broker.settings(), "test")) {
        producer.send(new ProducerRecord<>(topic, 1, "k", "v".getBytes(UTF_8))).get();
      }

      await().atMost(PATIENCE).untilAsserted(() -> assertThat(seen).containsExactly("v"));
    }
  }

  @Test
  void handle_brokerRestarted_skipsAndRepeatsNothing() throws Exception {
    String topic = broker.newTopic(2);
    send(topic, "k", "before");
    try (TopicTail tail = tail(topic)) {
      tail.caughtUp().get(100, TimeUnit.SECONDS);

      broker.stop();
      broker.startAgain();
      send(topic, "k", "after");

      await().atMost(PATIENCE).untilAsserted(() -> assertThat(seen).contains("after"));
      assertThat(seen).containsExactly("before", "after");
    }
  }

  @Test
  void start_brokerDown_readsWhenItIsUp() throws Exception {
    String topic = broker.newTopic(1);
    send(topic, "k", "v");
    KafkaSettings settings = broker.settings();
    broker.stop();
    CompletableFuture<Void> caughtUp;
    try (TopicTail tail = TopicTail.start(settings, "t", List.of(topic), this::see)) {
      caughtUp = tail.caughtUp();
      assertThat(caughtUp).isNotDone();
      broker.startAgain();

      caughtUp.get(100, TimeUnit.SECONDS);
      assertThat(seen).containsExactly("v");
    }
  }

  @Test
  void close_nothingReachable_returnsSoonAndCancels() {
    KafkaSettings nowhere = new KafkaSettings("127.0.0.1:1", Map.of());
    TopicTail tail = TopicTail.start(nowhere, "nowhere", List.of("t"), this::see);
    CompletableFuture<Void> caughtUp = tail.caughtUp();

    long startNanos = System.nanoTime();
    tail.close();

    assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isLessThan(Duration.ofSeconds(8));
    assertThat(caughtUp).isCompletedExceptionally();
    assertThat(liveThreads()).doesNotContain("anagama-tail-nowhere");
    // A second close finds nothing to do.
    tail.close();
  }

  @Test
  void close_handlerAtWork_waitsForIt() throws Exception {
    String topic = broker.newTopic(1);
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    TopicTail.Handler handler =
        record -> {
          inside.countDown();
          assertThat(awaitQuietly(release)).isTrue();
          see(record);
        };
    send(topic, "k", "v");
    TopicTail tail = TopicTail.start(broker.settings(), "t", List.of(topic), handler);
    inside.await();
    CompletableFuture<Void> closing = CompletableFuture.runAsync(tail::close);
    release.countDown();
    closing.get(100, TimeUnit.SECONDS);

    assertThat(seen).containsExactly("v");
  }

  @Test
  void start_noTopics_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TopicTail.start(broker.settings(), "t", List.of(), this::see))
        .withMessageContaining("topics of tail 't' is empty");
  }

  private TopicTail tail(String... topics) {
    return TopicTail.start(broker.settings(), "t", List.of(topics), this::see);
  }

  private void see(ConsumerRecord<String, byte[]> record) {
    seen.add(new String(record.value(), UTF_8));
  }

  private static boolean awaitQuietly(CountDownLatch latch) {
    try {
      return latch.await(100, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static List<String> liveThreads() {
    return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).toList();
  }

  private static void send(String topic, String key, String value) throws Exception {
    producer.send(new ProducerRecord<>(topic, key, value.getBytes(UTF_8))).get();
  }

  private static ProducerRecord<String, byte[]> record(String topic, String value) {
    return new ProducerRecord<>(topic, "k", value.getBytes(UTF_8));
  }

  private static Producer<String, byte[]> transactional() {
    return KafkaEnds.transactionalProducer(
        broker.settings(), "test", "transactional-" + UUID.randomUUID());
  }
}
