package dev.anagama.platform.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.anagama.contract.Topics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class TopologyIT {
  private static final List<String> ALL =
      List.of(
          Topics.JOBS_INTERACTIVE,
          Topics.JOBS,
          Topics.JOBS_BATCH,
          Topics.EVENTS,
          Topics.PROGRESS,
          Topics.CONTROL,
          Topics.CANCELLATIONS,
          Topics.DEAD_LETTERS);

  @Test
  void ensure_emptyCluster_makesEveryTopic(@TempDir Path folder) throws Exception {
    try (BrokerFixture broker = new BrokerFixture(folder);
        Admin admin = KafkaEnds.admin(broker.settings(), "test")) {
      Topology.ensure(broker.settings(), new Topology.Options(7, (short) 1));

      assertThat(partitions(admin))
          .containsOnlyKeys(ALL)
          .containsEntry(Topics.JOBS, 7)
          .containsEntry(Topics.JOBS_INTERACTIVE, 7)
          .containsEntry(Topics.JOBS_BATCH, 7)
          .containsEntry(Topics.CONTROL, 1);
      assertThat(config(admin, Topics.CONTROL, "cleanup.policy")).isEqualTo("compact");
      assertThat(config(admin, Topics.JOBS, "cleanup.policy")).isEqualTo("delete");
      assertThat(config(admin, Topics.PROGRESS, "retention.ms")).isEqualTo("3600000");
      assertThat(config(admin, Topics.CANCELLATIONS, "cleanup.policy")).isEqualTo("delete");
      assertThat(config(admin, Topics.CANCELLATIONS, "retention.ms")).isEqualTo("86400000");
    }
  }

  @Test
  void ensure_someTopicsThere_leavesThemAndMakesTheRest(@TempDir Path folder) throws Exception {
    try (BrokerFixture broker = new BrokerFixture(folder);
        Admin admin = KafkaEnds.admin(broker.settings(), "test")) {
      broker.createTopic(Topics.JOBS, 3);

      Topology.ensure(broker.settings(), new Topology.Options(7, (short) 1));
      Topology.ensure(broker.settings(), new Topology.Options(9, (short) 1));

      assertThat(partitions(admin)).containsOnlyKeys(ALL).containsEntry(Topics.JOBS, 3);
    }
  }

  @Test
  void make_topicJustMade_takesManyBatchesAtOnce(@TempDir Path folder) throws Exception {
    Map<String, String> manyOnTheWay = Map.of("batch.size", "64", "linger.ms", "0");
    try (BrokerFixture broker = new BrokerFixture(folder);
        Producer<String, byte[]> producer =
            KafkaEnds.producer(broker.settings(manyOnTheWay), "test")) {
      for (int round = 0; round < 15; round++) {
        String topic = broker.newTopic(8);
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
          sent.add(producer.send(new ProducerRecord<>(topic, "k" + i, new byte[32])));
        }
        for (Future<RecordMetadata> acknowledged : sent) {
          assertThat(acknowledged.get().hasOffset()).isTrue();
        }
      }
    }
  }

  @Test
  void ensure_moreCopiesThanBrokers_saysWhichTopicAndWhy(@TempDir Path folder) {
    try (BrokerFixture broker = new BrokerFixture(folder)) {
      assertThatExceptionOfType(KafkaException.class)
          .isThrownBy(() -> Topology.ensure(broker.settings(), new Topology.Options(1, (short) 3)))
          .withMessageContaining("topic 'anagama.")
          .withMessageContaining(broker.settings().bootstrapServers())
          .withMessageContaining("replica");
    }
  }

  @Test
  void ensure_brokersNotReachable_failsNamingThem() {
    KafkaSettings nowhere =
        new KafkaSettings(
            "127.0.0.1:1", Map.of("default.api.timeout.ms", "1000", "request.timeout.ms", "500"));

    assertThatExceptionOfType(KafkaException.class)
        .isThrownBy(() -> Topology.ensure(nowhere, new Topology.Options(1, (short) 1)))
        .withMessageContaining("127.0.0.1:1");
  }

  /** Every topic's number of partitions. */
  private static Map<String, Integer> partitions(Admin admin) throws Exception {
    Map<String, Integer> partitions = new HashMap<>();
    for (TopicDescription topic : admin.describeTopics(ALL).allTopicNames().get().values()) {
      partitions.put(topic.name(), topic.partitions().size());
    }
    return partitions;
  }

  private static String config(Admin admin, String topic, String name) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    return admin.describeConfigs(List.of(resource)).all().get().values().stream()
        .map(config -> config.get(name).value())
        .findFirst()
        .orElseThrow();
  }
}
