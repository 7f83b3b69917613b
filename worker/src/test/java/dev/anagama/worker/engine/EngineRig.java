package dev.anagama.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import dev.anagama.contract.Topics;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.guidance.Denoiser;
import dev.anagama.diffusion.image.PngImages;
import dev.anagama.diffusion.network.LaneLayout;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.TorchDenoiser;
import dev.anagama.platform.config.Retention;
import dev.anagama.platform.objectstore.FileObjectStore;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.JobEvent;
import dev.anagama.v1.JobFailed;
import dev.anagama.v1.JobProgress;
import dev.anagama.worker.TinyCheckpoint;
import dev.anagama.worker.publish.FailedAttempt;
import dev.anagama.worker.publish.JobReporter;
import dev.anagama.worker.publish.Outcome;
import dev.anagama.worker.publish.Outcomes;
import dev.anagama.worker.publish.PartitionLease;
import dev.anagama.worker.publish.Publisher;
import dev.anagama.worker.publish.StoredEnd;
import dev.anagama.worker.publish.TakenJob;
import dev.anagama.worker.retry.Backoff;
import java.awt.image.Raster;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;

/** An engine with a publisher over a folder, without Kafka. */
final class EngineRig implements AutoCloseable {
  private static final Duration LONGEST = Duration.ofMinutes(2);

  final PartitionLease lease = new PartitionLease(new TopicPartition(Topics.JOBS, 0));
  final ObjectStore store;
  final Engine engine;
  private final Path folder;
  private final Outcomes outcomes = new Outcomes(100);
  private final MockProducer<String, byte[]> reports =
      new MockProducer<>(true, null, new StringSerializer(), new ByteArraySerializer());
  private final Publisher publisher;
  private final JobReporter reporter;
  private final Map<String, Outcome> became = new HashMap<>();
  private final int rowLimit;
  private final LaneLayout lanes;
  private long offset;

  static {
    // For a machine that is busy otherwise; Awaitility's own patience is 10 s.
    Awaitility.setDefaultTimeout(LONGEST);
  }

  EngineRig(Path folder, int rowLimit) {
    this(folder, rowLimit, LONGEST);
  }

  /** With another patience for models that are expected. */
  EngineRig(Path folder, int rowLimit, Duration expectedModelHold) {
    this(folder, rowLimit, expectedModelHold, 1);
  }

  private EngineRig(Path folder, int rowLimit, Duration expectedModelHold, int lanes) {
    this.folder = folder;
    this.rowLimit = rowLimit;
    this.lanes = new LaneLayout(lanes, 1);
    this.store = new FileObjectStore(folder.resolve("store"));
    Clock clock = Clock.systemUTC();
    this.publisher =
        new Publisher(
            store, outcomes, 2, new Backoff(10, 100, new Random(1)), clock, Retention.FOREVER);
    this.reporter = new JobReporter("w1", reports, clock);
    this.engine =
        Engine.start(
            "w1",
            "cpu",
            new EngineLimits(64, 1000, Duration.ofMillis(300), expectedModelHold),
            publisher,
            reporter,
            clock);
  }

  /** Whose networks share the rows of a pass out among so many lanes of one thread each. */
  static EngineRig inLanes(Path folder, int rowLimit, int lanes) {
    return new EngineRig(folder, rowLimit, LONGEST, lanes);
  }

  /** Serves a checkpoint; another seed makes other images. */
  Served serve(String model, String version, long seed) throws Exception {
    return serve(model, version, seed, denoiser -> denoiser);
  }

  /** Serves a checkpoint with something around its network. */
  Served serve(String model, String version, long seed, UnaryOperator<Denoiser> around)
      throws Exception {
    return serve(model, version, seed, Precision.FLOAT32, around);
  }

  /** Serves a checkpoint in a precision, with something around its network. */
  Served serve(
      String model, String version, long seed, Precision precision, UnaryOperator<Denoiser> around)
      throws Exception {
    Checkpoint checkpoint =
        TinyCheckpoint.write(folder.resolve(model + "-" + version), model, version, seed);
    TorchDenoiser denoiser = checkpoint.open(Device.cpu(), precision, lanes);
    assertThat(denoiser.lanes()).isEqualTo(lanes.lanes());
    Served served = new Served();
    engine.submit(
        new EngineCommand.Serve(
            new ServedModel(
                checkpoint.manifest(),
                checkpoint.weightsSha256(),
                around.apply(denoiser),
                () -> {
                  denoiser.close();
                  served.closed = true;
                },
                Device.cpu(),
                precision.label(),
                rowLimit)));
    return served;
  }

  /** Tells whether the engine has closed the network. */
  static final class Served {
    volatile boolean closed;
  }

  void submit(GenerationJob job) {
    assertThat(engine.offer(new TakenJob(job, lease, offset++, System.nanoTime()))).isTrue();
  }

  /** The terminal event of a job. */
  JobEvent end(String id) throws InterruptedException {
    assertThat(outcome(id)).isInstanceOf(StoredEnd.class);
    return ((StoredEnd) outcome(id)).record().getTerminalEvent();
  }

  /** Why an attempt at a job failed that may be made again. */
  JobFailed failedAttempt(String id) throws InterruptedException {
    assertThat(outcome(id)).isInstanceOf(FailedAttempt.class);
    return ((FailedAttempt) outcome(id)).reason();
  }

  private Outcome outcome(String id) throws InterruptedException {
    long deadlineNanos = System.nanoTime() + LONGEST.toNanos();
    while (!became.containsKey(id)) {
      Outcome outcome = outcomes.peek();
      if (outcome == null) {
        assertThat(System.nanoTime()).as("end of %s", id).isLessThan(deadlineNanos);
        Thread.sleep(2);
      } else {
        became.put(outcome.taken().id(), outcome);
        outcomes.remove();
      }
    }
    return Objects.requireNonNull(became.get(id));
  }

  /** Why a job failed. */
  JobFailed failure(String id) throws InterruptedException {
    JobEvent event = end(id);
    assertThat(event.getFactCase()).isEqualTo(JobEvent.FactCase.FAILED);
    return event.getFailed();
  }

  /** Grey levels of the images of a job that has succeeded. */
  List<int[]> images(String id) throws InterruptedException {
    JobEvent event = end(id);
    assertThat(event.getFactCase()).as("%s", event).isEqualTo(JobEvent.FactCase.SUCCEEDED);
    List<int[]> images = new ArrayList<>();
    for (var image : event.getSucceeded().getImagesList()) {
      byte[] png = store.get(image.getKey()).orElseThrow();
      Raster raster = PngImages.decode(png).getRaster();
      images.add(raster.getSamples(0, 0, raster.getWidth(), raster.getHeight(), 0, (int[]) null));
    }
    return images;
  }

  /** Last progress that was reported of a job. */
  JobProgress lastProgress(String id) throws Exception {
    JobProgress last = JobProgress.getDefaultInstance();
    for (var record : List.copyOf(reports.history())) {
      if (record.topic().equals(Topics.PROGRESS) && record.key().equals(id)) {
        last = JobProgress.parseFrom(record.value());
      }
    }
    return last;
  }

  /** Events that were reported of a job. */
  long started(String id) {
    return List.copyOf(reports.history()).stream()
        .filter(record -> record.topic().equals(Topics.EVENTS) && record.key().equals(id))
        .count();
  }

  @Override
  public void close() {
    engine.close();
    publisher.close();
    reporter.close();
    store.close();
    assertThat(engine.failure()).isEmpty();
  }
}
