package dev.anagama.worker.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import dev.anagama.contract.Topics;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.platform.config.Retention;
import dev.anagama.platform.objectstore.FileObjectStore;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.v1.JobEvent.FactCase;
import dev.anagama.worker.TestJobs;
import dev.anagama.worker.engine.Engine;
import dev.anagama.worker.engine.EngineCommand;
import dev.anagama.worker.engine.EngineLimits;
import dev.anagama.worker.fleet.DeviceEngine.Place;
import dev.anagama.worker.publish.JobReporter;
import dev.anagama.worker.publish.Outcomes;
import dev.anagama.worker.publish.PartitionLease;
import dev.anagama.worker.publish.Publisher;
import dev.anagama.worker.publish.StoredEnd;
import dev.anagama.worker.publish.TakenJob;
import dev.anagama.worker.retry.Backoff;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two engines whose jobs all wait, because their model is only expected. */
class EngineFleetTest {
  private static final int WAITING = 3;
  private static final Duration LONGEST = Duration.ofMinutes(5);

  @TempDir Path folder;
  private final Outcomes outcomes = new Outcomes(10);
  private final PartitionLease lease = new PartitionLease(new TopicPartition(Topics.JOBS, 0));
  private ObjectStore store;
  private Publisher publisher;
  private JobReporter reporter;
  private EngineFleet fleet;
  private long offset;

  @BeforeEach
  void open() throws Exception {
    store = new FileObjectStore(folder);
    Clock clock = Clock.systemUTC();
    publisher =
        new Publisher(
            store, outcomes, 1, new Backoff(10, 100, new Random(1)), clock, Retention.FOREVER);
    reporter =
        new JobReporter(
            "w1",
            new MockProducer<>(true, null, new StringSerializer(), new ByteArraySerializer()),
            clock);
    fleet = new EngineFleet(List.of(engine("a", clock), engine("b", clock)));
    for (DeviceEngine on : fleet.engines()) {
      on.engine().submit(new EngineCommand.Expect("m"));
    }
  }

  @AfterEach
  void close() {
    fleet.close();
    publisher.close();
    reporter.close();
    store.close();
  }

  @Test
  void job_goesWhereTheFewestImagesAreLeft() {
    assertThat(offer("j1", 4, lease)).isTrue();
    assertThat(offer("j2", 1, lease)).isTrue();
    assertThat(offer("j3", 2, lease)).isTrue();
    assertThat(fleet.unfinishedRows()).containsExactly(4, 3);

    fleet.ended("j1");
    fleet.ended("j1");
    fleet.ended("nobody");
    assertThat(offer("j4", 1, lease)).isTrue();
    assertThat(fleet.unfinishedRows()).containsExactly(1, 3);
  }

  @Test
  void fullEngine_isPassedOver_untilAllAreFull() {
    for (int i = 0; i < WAITING; i++) {
      assertThat(offer("small-" + i, 1, lease)).isTrue();
      assertThat(offer("large-" + i, 64, lease)).isTrue();
    }
    assertThat(offer("more", 1, lease)).isFalse();
    assertThat(fleet.unfinishedRows().stream().mapToInt(rows -> rows).sum()).isEqualTo(3 * 65);
  }

  @Test
  void endedLease_takesItsJobsAlong() {
    PartitionLease other = new PartitionLease(new TopicPartition(Topics.JOBS, 1));
    offer("j1", 4, lease);
    offer("j2", 2, other);

    lease.end();
    fleet.leasesChanged();

    assertThat(fleet.unfinishedRows()).containsExactly(0, 2);
    assertThat(offer("j1", 4, other)).isTrue();
    assertThat(fleet.unfinishedRows()).containsExactly(4, 2);
  }

  @Test
  void cancel_reachesTheEngineThatHasTheJob() throws Exception {
    offer("j1", 4, lease);
    offer("j2", 4, lease);

    fleet.cancel("j2");
    fleet.cancel("nobody");

    Awaitility.await().atMost(LONGEST).until(() -> outcomes.peek() != null);
    StoredEnd end = (StoredEnd) Objects.requireNonNull(outcomes.peek());
    assertThat(end.taken().id()).isEqualTo("j2");
    assertThat(end.record().getTerminalEvent().getFactCase()).isEqualTo(FactCase.CANCELED);
  }

  private boolean offer(String id, int images, PartitionLease from) {
    var job = TestJobs.with(id, TestJobs.spec("m").setNumImages(images));
    return fleet.offer(new TakenJob(job, from, offset++, System.nanoTime()));
  }

  private DeviceEngine engine(String name, Clock clock) {
    EngineLimits limits =
        new EngineLimits(WAITING, 1000, Duration.ofSeconds(1), Duration.ofMinutes(1));
    return new DeviceEngine(
        new Place(name, Device.cpu(), Precision.FLOAT32, 1),
        Engine.start("w1", name, limits, publisher, reporter, clock));
  }
}
