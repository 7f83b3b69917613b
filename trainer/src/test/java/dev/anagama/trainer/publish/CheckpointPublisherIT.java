package dev.anagama.trainer.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.anagama.contract.Topics;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.CheckpointException;
import dev.anagama.platform.broker.EmbeddedBroker;
import dev.anagama.platform.kafka.KafkaEnds;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.kafka.Topology;
import dev.anagama.platform.objectstore.FileObjectStore;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.v1.ControlEvent;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Through a real broker, as every worker and gateway reads it. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class CheckpointPublisherIT {
  @TempDir private Path folder;

  @Test
  void publish_twoVersions_areOnTheControlTopicInOrder() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("kafka"), 0);
        ObjectStore store = new FileObjectStore(folder.resolve("store"))) {
      KafkaSettings kafka = new KafkaSettings(broker.bootstrapServers(), Map.of());
      Topology.ensure(kafka, new Topology.Options(1, (short) 1));
      List<ControlEvent> announced = new ArrayList<>();
      try (Producer<String, byte[]> producer = KafkaEnds.producer(kafka, "test-publish")) {
        Checkpoint first = PublishedSamples.write(folder.resolve("a"), "v1", 1, "ddim");
        Checkpoint second = PublishedSamples.write(folder.resolve("b"), "v2", 2, "ddim");
        Checkpoint taken = PublishedSamples.write(folder.resolve("c"), "v1", 3, "ddim");
        for (Checkpoint checkpoint : List.of(first, second, first)) {
          announced.add(
              CheckpointPublisher.publish(checkpoint, store, producer, Clock.systemUTC()));
        }
        assertThatThrownBy(
                () -> CheckpointPublisher.publish(taken, store, producer, Clock.systemUTC()))
            .isInstanceOf(CheckpointException.class);
      }

      assertThat(read(kafka, announced.size())).isEqualTo(announced);
      for (ControlEvent event : announced) {
        String manifest = event.getPublished().getKeyPrefix() + "manifest.json";
        assertThat(store.head(manifest).orElseThrow().sha256())
            .isEqualTo(event.getPublished().getManifestSha256());
      }
    }
  }

  private static List<ControlEvent> read(KafkaSettings kafka, int count) throws Exception {
    Map<String, Object> config = Map.of("bootstrap.servers", kafka.bootstrapServers());
    List<ControlEvent> events = new ArrayList<>();
    try (Consumer<String, byte[]> consumer =
        new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> control = List.of(new TopicPartition(Topics.CONTROL, 0));
      consumer.assign(control);
      consumer.seekToBeginning(control);
      while (events.size() < count) {
        for (ConsumerRecord<String, byte[]> event : consumer.poll(Duration.ofSeconds(1))) {
          assertThat(event.key()).isEqualTo("shapes");
          events.add(ControlEvent.parseFrom(event.value()));
        }
      }
      // Nothing of the refused one may follow.
      assertThat(consumer.poll(Duration.ofMillis(500))).isEmpty();
    }
    return events;
  }
}
