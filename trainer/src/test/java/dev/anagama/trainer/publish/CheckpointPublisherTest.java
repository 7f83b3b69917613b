package dev.anagama.trainer.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.util.Timestamps;
import dev.anagama.contract.Topics;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.CheckpointException;
import dev.anagama.platform.objectstore.FileObjectStore;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.platform.objectstore.StoredObject;
import dev.anagama.v1.CheckpointPublished;
import dev.anagama.v1.ControlEvent;
import dev.anagama.v1.Sampler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointPublisherTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-11-23T05:00:00.25Z"), ZoneOffset.UTC);
  private static final String WEIGHTS = "checkpoints/shapes/v1/weights.safetensors";
  private static final String MANIFEST = "checkpoints/shapes/v1/manifest.json";

  @TempDir private Path folder;

  private ObjectStore store;

  /** What was in the store when an event was sent. */
  private final List<List<String>> storedBefore = new ArrayList<>();

  private final MockProducer<String, byte[]> producer =
      new MockProducer<>(true, null, new StringSerializer(), new ByteArraySerializer()) {
        @Override
        public synchronized Future<RecordMetadata> send(ProducerRecord<String, byte[]> event) {
          storedBefore.add(
              List.of(WEIGHTS, MANIFEST).stream()
                  .filter(key -> store.head(key).isPresent())
                  .toList());
          return super.send(event);
        }
      };

  @BeforeEach
  void open() {
    store = new FileObjectStore(folder.resolve("store"));
  }

  @AfterEach
  void close() {
    store.close();
  }

  private ControlEvent publish(Path checkpoint) throws Exception {
    return CheckpointPublisher.publish(Checkpoint.read(checkpoint), store, producer, CLOCK);
  }

  private Path written(String name, String version, long seed) throws IOException {
    return PublishedSamples.write(folder.resolve(name), version, seed, "ddim").folder();
  }

  @Test
  void publish_aCheckpoint_storesItBeforeItIsAnnounced() throws Exception {
    Path checkpoint = written("one", "v1", 1);

    ControlEvent event = publish(checkpoint);

    assertThat(storedBefore).containsExactly(List.of(WEIGHTS, MANIFEST));
    assertThat(store.get(WEIGHTS))
        .contains(Files.readAllBytes(checkpoint.resolve("weights.safetensors")));
    assertThat(store.get(MANIFEST))
        .contains(Files.readAllBytes(checkpoint.resolve("manifest.json")));
    StoredObject manifest = store.head(MANIFEST).orElseThrow();
    assertThat(event)
        .isEqualTo(
            ControlEvent.newBuilder()
                .setModel("shapes")
                .setOccurredAt(Timestamps.parse("2026-11-23T05:00:00.25Z"))
                .setPublished(
                    CheckpointPublished.newBuilder()
                        .setVersion("v1")
                        .setKeyPrefix("checkpoints/shapes/v1/")
                        .setManifestSha256(manifest.sha256())
                        .setCard(PublishedSamples.card(Sampler.SAMPLER_DDIM)))
                .build());
    assertThat(producer.history()).hasSize(1);
    ProducerRecord<String, byte[]> sent = producer.history().get(0);
    assertThat(sent.topic()).isEqualTo(Topics.CONTROL);
    assertThat(sent.key()).isEqualTo("shapes");
    assertThat(ControlEvent.parseFrom(sent.value())).isEqualTo(event);
  }

  @Test
  void publish_theOtherSampler_isOnItsCard() throws Exception {
    Checkpoint checkpoint = PublishedSamples.write(folder.resolve("one"), "v1", 1, "ancestral");

    assertThat(publish(checkpoint.folder()).getPublished().getCard())
        .isEqualTo(PublishedSamples.card(Sampler.SAMPLER_ANCESTRAL));
  }

  @Test
  void publish_theSameAgain_announcesItAgain() throws Exception {
    Path checkpoint = written("one", "v1", 1);

    assertThat(publish(checkpoint)).isEqualTo(publish(checkpoint));
    assertThat(producer.history()).hasSize(2);
  }

  @Test
  void publish_otherWeightsUnderTheSameVersion_areRefusedAndNotAnnounced() throws Exception {
    publish(written("one", "v1", 1));
    byte[] before = store.get(WEIGHTS).orElseThrow();
    Path other = written("other", "v1", 2);

    assertThatThrownBy(() -> publish(other))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            WEIGHTS
                + " is already in the object store with other content; a version can not be"
                + " changed, publish under another one");
    assertThat(producer.history()).hasSize(1);
    assertThat(store.get(WEIGHTS)).contains(before);

    publish(written("other", "v2", 2));
    assertThat(producer.history()).hasSize(2);
  }

  @Test
  void publish_anotherManifestForTheSameWeights_isRefused() throws Exception {
    Path checkpoint = written("one", "v1", 1);
    publish(checkpoint);
    Checkpoint.read(checkpoint).withMetrics(Map.of("label_accuracy", 1.0));

    assertThatThrownBy(() -> publish(checkpoint))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(MANIFEST + " is already in the object store with other content");
  }

  @Test
  void publish_aDamagedCheckpoint_storesAndAnnouncesNothing() throws Exception {
    Path checkpoint = written("one", "v1", 1);
    byte[] weights = Files.readAllBytes(checkpoint.resolve("weights.safetensors"));
    weights[weights.length - 1] ^= 1;
    Files.write(checkpoint.resolve("weights.safetensors"), weights);

    assertThatThrownBy(() -> publish(checkpoint)).isInstanceOf(CheckpointException.class);
    assertThat(store.head(WEIGHTS)).isEmpty();
    assertThat(store.head(MANIFEST)).isEmpty();
    assertThat(producer.history()).isEmpty();
  }

  @Test
  void publish_kafkaThatRefuses_isReported() throws Exception {
    Checkpoint checkpoint = Checkpoint.read(written("one", "v1", 1));
    MockProducer<String, byte[]> failing =
        new MockProducer<>(false, null, new StringSerializer(), new ByteArraySerializer()) {
          @Override
          public synchronized Future<RecordMetadata> send(ProducerRecord<String, byte[]> event) {
            Future<RecordMetadata> sent = super.send(event);
            errorNext(new TimeoutException("no leader"));
            return sent;
          }
        };

    assertThatThrownBy(() -> CheckpointPublisher.publish(checkpoint, store, failing, CLOCK))
        .isInstanceOf(IOException.class)
        .hasMessage("Kafka did not acknowledge the announcement of the checkpoint")
        .hasRootCauseMessage("no leader");
  }
}
