package dev.anagama.worker.control;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import com.google.protobuf.util.Timestamps;
import dev.anagama.contract.CheckpointKeys;
import dev.anagama.contract.Topics;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.platform.config.Retention;
import dev.anagama.platform.objectstore.ObjectPage;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.platform.objectstore.ObjectStoreException;
import dev.anagama.platform.objectstore.StoredObject;
import dev.anagama.v1.CheckpointPublished;
import dev.anagama.v1.ControlEvent;
import dev.anagama.worker.engine.Engine;
import dev.anagama.worker.engine.EngineLimits;
import dev.anagama.worker.fleet.DeviceEngine;
import dev.anagama.worker.fleet.DeviceEngine.Place;
import dev.anagama.worker.fleet.EngineFleet;
import dev.anagama.worker.publish.JobReporter;
import dev.anagama.worker.publish.Outcomes;
import dev.anagama.worker.publish.Publisher;
import dev.anagama.worker.retry.Backoff;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointLibraryTest {
  private static final Duration LONGEST = Duration.ofMinutes(2);

  @TempDir Path folder;
  private final Clock clock = Clock.systemUTC();
  private final HeldStore store = new HeldStore();
  private final MockProducer<String, byte[]> reports = producer();
  private final Backoff backoff = new Backoff(10, 100, new Random(1));
  private Publisher publisher;
  private JobReporter reporter;
  private EngineFleet fleet;
  private CheckpointLibrary library;

  @BeforeEach
  void open() {
    publisher = new Publisher(store, new Outcomes(10), 1, backoff, clock, Retention.FOREVER);
    reporter = new JobReporter("w1", producer(), clock);
    EngineLimits limits = new EngineLimits(3, 1000, Duration.ofSeconds(1), LONGEST);
    fleet =
        new EngineFleet(
            List.of(
                new DeviceEngine(
                    new Place("cpu", Device.cpu(), Precision.FLOAT32, 1),
                    Engine.start("w1", "cpu", limits, publisher, reporter, clock))));
    CheckpointCache cache = new CheckpointCache(folder, store);
    library =
        new CheckpointLibrary(
            cache,
            new CheckpointLoader(cache, fleet, OptionalInt.of(8)),
            new CheckpointReports("w1", fleet.places(), reports, clock),
            fleet,
            backoff,
            clock);
  }

  @AfterEach
  void close() {
    store.letGo.countDown();
    library.close();
    fleet.close();
    publisher.close();
    reporter.close();
  }

  @Test
  void close_whileNothingIsLoaded_closesTheReports() {
    library.begin();

    library.close();

    assertThat(reports.closed()).isTrue();
  }

  @Test
  void close_loadThatOutlastsIt_closesTheReportsWhenItHasEnded() throws Exception {
    library.take(published());
    library.begin();
    assertThat(store.asked.await(LONGEST.toSeconds(), TimeUnit.SECONDS)).isTrue();

    library.close(Duration.ofMillis(1));
    assertThat(reports.closed()).isFalse();
    store.letGo.countDown();

    Awaitility.await().atMost(LONGEST).until(reports::closed);
    // The checkpoint was not at fault, and is not said to be.
    assertThat(reports.history()).isEmpty();
  }

  private static ConsumerRecord<String, byte[]> published() {
    CheckpointPublished published =
        CheckpointPublished.newBuilder()
            .setVersion("1")
            .setKeyPrefix(CheckpointKeys.prefix("m", "1"))
            .setManifestSha256("0".repeat(64))
            .build();
    ControlEvent event =
        ControlEvent.newBuilder()
            .setModel("m")
            .setOccurredAt(Timestamps.fromMillis(0))
            .setPublished(published)
            .build();
    return new ConsumerRecord<>(Topics.CONTROL, 0, 0, "m", event.toByteArray());
  }

  private static MockProducer<String, byte[]> producer() {
    return new MockProducer<>(true, null, new StringSerializer(), new ByteArraySerializer());
  }

  /** Answers no read until it is let go, and then fails. */
  private static final class HeldStore implements ObjectStore {
    final CountDownLatch asked = new CountDownLatch(1);
    final CountDownLatch letGo = new CountDownLatch(1);

    @Override
    public Optional<byte[]> get(String key) {
      asked.countDown();
      try {
        letGo.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      throw new ObjectStoreException("object '%s' could not be read".formatted(key));
    }

    @Override
    public StoredObject put(String key, byte[] bytes, String contentType) {
      throw new UnsupportedOperationException(key);
    }

    @Override
    public boolean putIfAbsent(String key, byte[] bytes, String contentType) {
      throw new UnsupportedOperationException(key);
    }

    @Override
    public Optional<StoredObject> head(String key) {
      throw new UnsupportedOperationException(key);
    }

    @Override
    public boolean delete(String key) {
      throw new UnsupportedOperationException(key);
    }

    @Override
    public ObjectPage list(String prefix, Optional<String> after, int limit) {
      throw new UnsupportedOperationException(prefix);
    }

    @Override
    public Optional<URI> presignedGet(String key, Duration validFor) {
      throw new UnsupportedOperationException(key);
    }

    @Override
    public URI uri(String key) {
      throw new UnsupportedOperationException(key);
    }

    @Override
    public void close() {
      // It holds on to nothing.
    }
  }
}
