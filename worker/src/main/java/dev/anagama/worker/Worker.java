package dev.anagama.worker;

import ai.djl.Device;
import dev.anagama.contract.Identifiers;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.platform.kafka.KafkaEnds;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.kafka.Topology;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.platform.objectstore.ObjectStores;
import dev.anagama.worker.control.CheckpointLibrary;
import dev.anagama.worker.control.ModelStatus;
import dev.anagama.worker.engine.Engine;
import dev.anagama.worker.engine.EngineLimits;
import dev.anagama.worker.engine.EngineReport;
import dev.anagama.worker.intake.JobIntake;
import dev.anagama.worker.intake.UnwantedJobs;
import dev.anagama.worker.publish.JobRecords;
import dev.anagama.worker.publish.JobReporter;
import dev.anagama.worker.publish.Publisher;
import dev.anagama.worker.publish.StoredEnds;
import dev.anagama.worker.retry.Backoff;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One worker process: takes generation jobs, makes their images, stores them and says so. */
public final class Worker implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Worker.class);

  private static final int PUBLISH_THREADS = 4;
  private static final long RETRY_FIRST_MILLIS = 200;
  private static final long RETRY_LONGEST_MILLIS = 15_000;
  private static final Duration UNKNOWN_MODEL_HOLD = Duration.ofSeconds(3);
  private static final long CLOSE_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** Finished images that may wait for the store, for each row of the limit. */
  private static final int RESULTS_PER_ROW = 8;

  private final String name;
  private final Duration grace;
  private final ObjectStore store;
  private final StoredEnds ends;
  private final Publisher publisher;
  private final JobReporter reporter;
  private final Engine engine;
  private final CheckpointLibrary library;
  private final UnwantedJobs unwanted;
  private final JobIntake intake;

  private Worker(WorkerConfig config, String name, Device device, Clock clock) {
    WorkerOptions options = config.worker();
    KafkaSettings kafka = KafkaSettings.of(config.kafka());
    Backoff backoff = new Backoff(RETRY_FIRST_MILLIS, RETRY_LONGEST_MILLIS, new SplittableRandom());
    int jobsInHand = options.waitingJobsLimit() + options.rowLimit();
    EngineLimits limits =
        new EngineLimits(
            options.waitingJobsLimit(), RESULTS_PER_ROW * options.rowLimit(), UNKNOWN_MODEL_HOLD);
    this.name = name;
    this.grace = Duration.ofSeconds(options.graceSeconds());
    // From the end of the street to its beginning, so that everything has where to hand things to.
    this.store = ObjectStores.open(config.store().uri());
    this.ends = new StoredEnds(2 * jobsInHand);
    this.publisher = new Publisher(store, ends, PUBLISH_THREADS, backoff, clock);
    this.reporter =
        new JobReporter(name, KafkaEnds.producer(kafka, "anagama-reports-" + name), clock);
    this.engine = Engine.start(name, device.getDeviceType(), limits, publisher, reporter, clock);
    this.library =
        CheckpointLibrary.start(
            kafka,
            store,
            options.cacheFolder().orElseGet(Worker::defaultCacheFolder),
            device,
            precision(options.precision(), device),
            options.rowLimit(),
            engine,
            backoff);
    this.unwanted = UnwantedJobs.start(kafka, name, clock);
    this.intake =
        JobIntake.start(
            kafka,
            name,
            jobsInHand,
            engine,
            unwanted,
            publisher,
            ends,
            new JobRecords(store),
            CompletableFuture.allOf(library.ready(), unwanted.known()),
            backoff);
  }

  /**
   * Starts a worker. It takes jobs as soon as the published checkpoints are loaded.
   *
   * @throws IllegalArgumentException if the name, the store or the device can not be used
   * @throws org.apache.kafka.common.KafkaException if Kafka does not answer
   * @throws dev.anagama.platform.objectstore.ObjectStoreException if the store can not be opened
   */
  public static Worker start(WorkerConfig config, Clock clock) {
    String name =
        Identifiers.requireId(
            "anagama.worker.name", config.worker().name().orElseGet(Worker::defaultName));
    if (config.worker().threads() > 0) {
      // PyTorch reads it once, when the first worker of the process makes its first array.
      System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(config.worker().threads()));
    }
    Device device = device(config.worker().device());
    Topology.ensure(KafkaSettings.of(config.kafka()), Topology.Options.of(config.kafka()));
    return new Worker(config, name, device, clock);
  }

  /** Its name. */
  public String name() {
    return name;
  }

  /**
   * Waits until the checkpoints that were published before the start are loaded or refused.
   *
   * @return whether they are
   */
  public boolean awaitReady(Duration longest) throws InterruptedException {
    try {
      library.ready().get(longest.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("readiness does not fail", e);
    }
  }

  /** Where the models stand, by name. */
  public Map<String, ModelStatus> models() {
    return library.models();
  }

  /** What the engine has done so far. */
  public EngineReport report() {
    return engine.report();
  }

  /** What has ended the worker's work for good; it is of no use then and should be restarted. */
  public Optional<Throwable> failure() {
    return engine.failure().or(intake::failure);
  }

  /**
   * Takes no more jobs, finishes those that have begun within the grace time, and stops. Others are
   * left uncommitted in Kafka, for other workers.
   */
  @Override
  public void close() {
    intake.stopTaking();
    engine.drain();
    long deadlineNanos = System.nanoTime() + grace.toNanos();
    while (busy() && failure().isEmpty() && System.nanoTime() - deadlineNanos < 0) {
      LockSupport.parkNanos(CLOSE_LOOK_NANOS);
      if (Thread.currentThread().isInterrupted()) {
        break;
      }
    }
    if (busy()) {
      log.warn("worker {} leaves jobs unfinished after {}", name, grace);
    }
    library.close();
    engine.close();
    publisher.close();
    intake.close();
    unwanted.close();
    reporter.close();
    store.close();
  }

  private boolean busy() {
    return engine.running() > 0 || publisher.jobsHeld() > 0 || ends.untold() > 0;
  }

  private static Device device(WorkerOptions.DeviceChoice choice) {
    return switch (choice) {
      case CPU -> Device.cpu();
      case AUTO -> hasGpu() ? Device.gpu() : Device.cpu();
      case GPU -> {
        if (!hasGpu()) {
          throw new IllegalArgumentException(
              "anagama.worker.device is gpu; allowed: auto or cpu, no GPU can be used here");
        }
        yield Device.gpu();
      }
    };
  }

  private static boolean hasGpu() {
    return ai.djl.engine.Engine.getInstance().getGpuCount() > 0;
  }

  private static Precision precision(WorkerOptions.PrecisionChoice choice, Device device) {
    return switch (choice) {
      case AUTO -> Precision.bestOn(device);
      case FLOAT32 -> Precision.FLOAT32;
      case BFLOAT16 -> Precision.BFLOAT16;
    };
  }

  private static Path defaultCacheFolder() {
    return Path.of(System.getProperty("java.io.tmpdir"), "anagama-checkpoints");
  }

  private static String defaultName() {
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      log.debug("this host has no name of its own: {}", e.toString());
      host = "worker";
    }
    String kept = host.replaceAll("[^A-Za-z0-9._-]", "-").replaceAll("^[^A-Za-z0-9]+", "");
    return kept.substring(0, Math.min(kept.length(), 40)) + "-" + ProcessHandle.current().pid();
  }
}
