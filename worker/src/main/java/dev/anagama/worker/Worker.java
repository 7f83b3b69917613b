package dev.anagama.worker;

import dev.anagama.contract.Identifiers;
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
import dev.anagama.worker.fleet.DeviceEngine;
import dev.anagama.worker.fleet.DeviceEngine.Place;
import dev.anagama.worker.fleet.EngineFleet;
import dev.anagama.worker.health.HealthServer;
import dev.anagama.worker.health.WorkerHealth;
import dev.anagama.worker.intake.JobIntake;
import dev.anagama.worker.intake.UnwantedJobs;
import dev.anagama.worker.publish.JobRecords;
import dev.anagama.worker.publish.JobReporter;
import dev.anagama.worker.publish.Outcomes;
import dev.anagama.worker.publish.Publisher;
import dev.anagama.worker.retry.Backoff;
import dev.anagama.worker.schedule.Roster;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
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
  private static final long ATTEMPT_FIRST_MILLIS = 2_000;
  private static final long ATTEMPT_LONGEST_MILLIS = 60_000;
  private static final Duration UNKNOWN_MODEL_HOLD = Duration.ofSeconds(3);
  private static final Duration EXPECTED_MODEL_HOLD = Duration.ofMinutes(2);
  private static final long CLOSE_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** Finished images that may wait for the store, for each row of the limit. */
  private static final int RESULTS_PER_ROW = 8;

  /** Rows that this is counted for where the limit is chosen for each checkpoint. */
  private static final int RESULTS_FOR_ROWS = 64;

  private final String name;
  private final Duration grace;
  private final ObjectStore store;
  private final Outcomes outcomes;
  private final Publisher publisher;
  private final JobReporter reporter;
  private final EngineFleet fleet;
  private final CheckpointLibrary library;
  private final UnwantedJobs unwanted;
  private final JobIntake intake;
  private final Optional<HealthServer> health;

  private Worker(WorkerConfig config, String name, List<Place> places, Clock clock) {
    WorkerOptions options = config.worker();
    KafkaSettings kafka = KafkaSettings.of(config.kafka());
    Backoff backoff = new Backoff(RETRY_FIRST_MILLIS, RETRY_LONGEST_MILLIS, new SplittableRandom());
    int jobsInHand = jobsInHand(options, places);
    this.name = name;
    this.grace = Duration.ofSeconds(options.graceSeconds());
    // From the end of the street to its beginning, so that everything has where to hand things to.
    this.store = ObjectStores.open(config.store());
    this.outcomes = new Outcomes(2 * jobsInHand);
    this.publisher =
        new Publisher(store, outcomes, PUBLISH_THREADS, backoff, clock, config.results().keep());
    this.reporter =
        new JobReporter(name, KafkaEnds.lingeringProducer(kafka, "anagama-reports-" + name), clock);
    this.fleet = startEngines(places, options, clock);
    this.library =
        CheckpointLibrary.start(
            kafka,
            store,
            new CheckpointLibrary.Options(
                name,
                options.cacheFolder().orElseGet(Worker::defaultCacheFolder),
                options.rowLimit().rows()),
            fleet,
            backoff,
            clock);
    this.unwanted = UnwantedJobs.start(kafka, name, clock);
    this.intake =
        JobIntake.start(
            kafka,
            new JobIntake.Options(name, jobsInHand),
            new JobIntake.Neighbours(fleet, unwanted, publisher, outcomes, new JobRecords(store)),
            Map.of(
                "the published checkpoints", library.ready(),
                "the cancellations so far", unwanted.known()),
            new JobIntake.Pauses(backoff, attemptPauses()),
            clock);
    this.health = startHealth(options);
  }

  private EngineFleet startEngines(List<Place> places, WorkerOptions options, Clock clock) {
    int rows = options.rowLimit().rows().orElse(RESULTS_FOR_ROWS);
    EngineLimits limits =
        new EngineLimits(
            options.waitingJobsLimit(),
            places.size() * RESULTS_PER_ROW * rows,
            UNKNOWN_MODEL_HOLD,
            EXPECTED_MODEL_HOLD);
    return new EngineFleet(
        places.stream()
            .map(
                place ->
                    new DeviceEngine(
                        place,
                        Engine.start(name, place.name(), limits, publisher, reporter, clock)))
            .toList());
  }

  private Optional<HealthServer> startHealth(WorkerOptions options) {
    if (options.healthPort().isEmpty()) {
      return Optional.empty();
    }
    WorkerHealth page = new WorkerHealth(name, fleet, this::models, this::failure);
    int port = options.healthPort().getAsInt();
    try {
      return Optional.of(
          HealthServer.start(options.healthHost(), port, page::health, page::readiness));
    } catch (IllegalArgumentException e) {
      stopNow();
      throw e;
    }
  }

  /** Those that wait, and those that have begun: each has a row at least that holds a place. */
  private static int jobsInHand(WorkerOptions options, List<Place> places) {
    int rows =
        places.stream().mapToInt(place -> options.rowLimit().rows().orElse(place.maxRows())).sum();
    return Math.min(
        JobIntake.MAX_JOBS_IN_HAND,
        places.size() * options.waitingJobsLimit() + Roster.PLACES_PER_ROW * rows);
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
    List<Place> places = places(config.worker());
    Topology.ensure(KafkaSettings.of(config.kafka()), Topology.Options.of(config.kafka()));
    return new Worker(config, name, places, clock);
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

  /** What the engines have done so far, summed. */
  public EngineReport report() {
    return fleet.report();
  }

  /** What each engine has done so far, in the order of the configured devices. */
  public List<EngineReport> engineReports() {
    return fleet.engines().stream().map(on -> on.engine().report()).toList();
  }

  /** Where the health page is served; empty if there is none. */
  public OptionalInt healthPort() {
    return health.map(HealthServer::port).map(OptionalInt::of).orElseGet(OptionalInt::empty);
  }

  /** What has ended the worker's work for good; it is of no use then and should be restarted. */
  public Optional<Throwable> failure() {
    return fleet.failure().or(intake::failure);
  }

  /**
   * Takes no more jobs, finishes those that have begun within the grace time, and stops. Others are
   * left uncommitted in Kafka, for other workers.
   */
  @Override
  public void close() {
    intake.stopTaking();
    fleet.drain();
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
    health.ifPresent(HealthServer::close);
    stopNow();
  }

  private void stopNow() {
    library.close();
    fleet.close();
    publisher.close();
    intake.close();
    unwanted.close();
    reporter.close();
    store.close();
  }

  private boolean busy() {
    return fleet.running() > 0 || publisher.jobsHeld() > 0 || outcomes.unsettled() > 0;
  }

  /** Longer than those of a call: what a job has failed for needs time to pass. */
  private static Backoff attemptPauses() {
    return new Backoff(ATTEMPT_FIRST_MILLIS, ATTEMPT_LONGEST_MILLIS, new SplittableRandom());
  }

  private static List<Place> places(WorkerOptions options) {
    int threads =
        options.threads() > 0 ? options.threads() : Runtime.getRuntime().availableProcessors();
    List<DeviceName> names = options.devices();
    int onProcessor = (int) names.stream().filter(DeviceName.CPU::equals).count();
    // The processor alone is named without loading PyTorch.
    boolean processor = onProcessor == names.size();
    int gpus = processor ? 0 : ai.djl.engine.Engine.getInstance().getGpuCount();
    return Places.of(names, options.precision(), threads, gpus);
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
