package dev.anagama.worker.control;

import dev.anagama.contract.Topics;
import dev.anagama.platform.kafka.KafkaEnds;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.kafka.TopicTail;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.platform.objectstore.ObjectStoreException;
import dev.anagama.v1.CheckpointPublished;
import dev.anagama.v1.ControlEvent;
import dev.anagama.worker.engine.EngineCommand;
import dev.anagama.worker.fleet.DeviceEngine;
import dev.anagama.worker.fleet.EngineFleet;
import dev.anagama.worker.retry.Backoff;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the control topic and brings published checkpoints to the engines: fetched, verified,
 * loaded, measured and run once on each device, all on a thread of its own, so that an engine gets
 * a network that is known to work and loses no time over it.
 *
 * <p>A checkpoint that can not be used on every device is refused on all, with its reason in the
 * log, in {@link #models} and, by {@link CheckpointReports}, on the control topic; what the model
 * serves stays. An object store or a disk that fails is tried again for as long as the version is
 * wanted, with pauses that grow to a bound; jobs for the model wait meanwhile, each for a while.
 *
 * <p>Only a model's last event counts. Until the topic has been read to its end at the start,
 * nothing is loaded, and an event that is overtaken by a later one before its turn is dropped.
 */
public final class CheckpointLibrary implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CheckpointLibrary.class);

  private static final Duration CLOSE = Duration.ofSeconds(30);

  /** Reports looked at when the worker starts; others fade by themselves. */
  private static final int MAX_FOUND = 10_000;

  private final CheckpointCache cache;
  private final CheckpointLoader loader;
  private final CheckpointReports reports;
  private final EngineFleet fleet;
  private final Clock clock;
  private final Backoff backoff;
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final Map<String, ModelStatus> statuses = new ConcurrentHashMap<>();
  private final ScheduledThreadPoolExecutor thread;
  private @Nullable TopicTail tail;

  // Guarded by this: the last event of each model that was not looked at yet, and the reports that
  // were there at the start.
  private final Map<String, ControlEvent> unseen = new HashMap<>();
  private final Map<String, ControlEvent> found = new HashMap<>();
  private boolean caughtUp;

  // What follows is touched by the thread alone.
  private final Map<String, ControlEvent> wanted = new HashMap<>();
  private final Set<String> unsettled = new HashSet<>();

  /**
   * What the library is told.
   *
   * @param worker the worker's name, as reports give it
   * @param folder where checkpoints are kept on this machine; made if it is not there
   * @param rowLimit most network rows in one step; empty to choose it by measurement
   */
  public record Options(String worker, Path folder, OptionalInt rowLimit) {}

  /** One that is told of the control topic's records by {@link #take}, and owns the reports. */
  CheckpointLibrary(
      CheckpointCache cache,
      CheckpointLoader loader,
      CheckpointReports reports,
      EngineFleet fleet,
      Backoff backoff,
      Clock clock) {
    this.cache = cache;
    this.loader = loader;
    this.reports = reports;
    this.fleet = fleet;
    this.backoff = backoff;
    this.clock = clock;
    this.thread =
        new ScheduledThreadPoolExecutor(1, task -> new Thread(task, "anagama-checkpoints"));
    this.thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /**
   * Begins to follow.
   *
   * @param fleet its engines get the loaded networks, and close them
   */
  public static CheckpointLibrary start(
      KafkaSettings kafka,
      ObjectStore store,
      Options options,
      EngineFleet fleet,
      Backoff backoff,
      Clock clock) {
    CheckpointCache cache = new CheckpointCache(options.folder(), store);
    CheckpointReports reports =
        new CheckpointReports(
            options.worker(),
            fleet.places(),
            KafkaEnds.producer(kafka, "anagama-checkpoint-reports-" + options.worker()),
            clock);
    CheckpointLibrary library =
        new CheckpointLibrary(
            cache,
            new CheckpointLoader(cache, fleet, options.rowLimit()),
            reports,
            fleet,
            backoff,
            clock);
    TopicTail tail = TopicTail.start(kafka, "control", List.of(Topics.CONTROL), library::take);
    library.tail = tail;
    // Cancelled, if the tail is closed before.
    var unused = tail.caughtUp().thenRun(library::begin);
    return library;
  }

  /**
   * Completes when every model that was on the control topic at the start is served, withdrawn or
   * refused.
   */
  public CompletableFuture<Void> ready() {
    return ready.copy();
  }

  /** Where the models stand, by name. */
  public Map<String, ModelStatus> models() {
    return Map.copyOf(statuses);
  }

  /**
   * Stops following; what is being loaded is loaded to its end, and that is waited for within
   * bounds. The thread's last act is to take back and close the reports, so that they are closed
   * also when the load outlasts this call.
   */
  @Override
  public void close() {
    close(CLOSE);
  }

  void close(Duration longest) {
    if (tail != null) {
      tail.close();
    }
    if (!thread.isShutdown()) {
      thread.execute(reports::close);
      thread.shutdown();
    }
    try {
      if (!thread.awaitTermination(longest.toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn("a checkpoint is still being loaded after {}; it is not served", longest);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void take(ConsumerRecord<String, byte[]> record) {
    ControlRecord is = ControlRecord.of(record);
    if (is instanceof ControlRecord.Publication publication) {
      takePublication(publication.event());
    } else if (is instanceof ControlRecord.Report report) {
      takeReport(report);
    } else {
      log.warn("control record '{}' is passed over: {}", record.key(), is);
    }
  }

  private synchronized void takePublication(ControlEvent event) {
    boolean first = unseen.put(event.getModel(), event) == null;
    if (caughtUp && first) {
      thread.execute(() -> look(event.getModel()));
    }
  }

  /** Later ones are those of workers that live, and this one's own. */
  private synchronized void takeReport(ControlRecord.Report report) {
    if (!caughtUp) {
      found.remove(report.key());
      if (found.size() < MAX_FOUND) {
        report.event().ifPresent(event -> found.put(report.key(), event));
      }
    }
  }

  /** The records so far are all that there were at the start. */
  synchronized void begin() {
    caughtUp = true;
    List<String> models = List.copyOf(unseen.keySet());
    Map<String, ControlEvent> before = Map.copyOf(found);
    found.clear();
    long renewalMillis = CheckpointReports.RENEWAL.toMillis();
    thread.execute(
        () -> {
          before.forEach(reports::found);
          unsettled.addAll(models);
          var unused =
              thread.scheduleWithFixedDelay(
                  reports::renew, renewalMillis, renewalMillis, TimeUnit.MILLISECONDS);
          models.forEach(this::look);
          settleIfReady();
        });
  }

  private void look(String model) {
    ControlEvent event;
    synchronized (this) {
      event = unseen.remove(model);
    }
    if (event == null || isWantedAlready(event)) {
      return;
    }
    switch (event.getFactCase()) {
      case PUBLISHED -> {
        wanted.put(model, event);
        statuses.put(model, status(model).loading(event.getPublished().getVersion()));
        submitToAll(new EngineCommand.Expect(model));
        load(event, 1);
      }
      case WITHDRAWN -> withdraw(model, event.getWithdrawn().getReason());
      case FACT_NOT_SET -> withdraw(model, "it was removed from the control topic");
      case SERVED, REFUSED -> throw new IllegalStateException("reports are kept apart");
    }
  }

  /** A version that is announced once more; one that was refused is not wanted, and tried again. */
  private boolean isWantedAlready(ControlEvent event) {
    ControlEvent before = wanted.get(event.getModel());
    return before != null
        && event.hasPublished()
        && before.getPublished().equals(event.getPublished());
  }

  private void withdraw(String model, String reason) {
    wanted.remove(model);
    statuses.remove(model);
    reports.tell(ModelStatus.unknown(model));
    loader.forget(model);
    submitToAll(new EngineCommand.Withdraw(model, reason));
    settle(model);
  }

  private void load(ControlEvent event, int attempt) {
    String model = event.getModel();
    CheckpointPublished published = event.getPublished();
    if (!event.equals(wanted.get(model)) || thread.isShutdown()) {
      return;
    }
    try {
      serve(model, published.getVersion(), loader.load(model, published));
    } catch (ObjectStoreException | IOException e) {
      if (thread.isShutdown()) {
        return;
      }
      long pauseMillis = backoff.pauseMillis(attempt);
      log.warn(
          "checkpoint {} {} could not be fetched at try {}, next in {} ms: {}",
          model,
          published.getVersion(),
          attempt,
          pauseMillis,
          e.toString());
      var unused =
          thread.schedule(() -> load(event, attempt + 1), pauseMillis, TimeUnit.MILLISECONDS);
    } catch (RuntimeException | Error e) {
      // Errors too: native code that does not load, or too little memory for the weights.
      refuse(model, published.getVersion(), e);
    }
  }

  private void serve(String model, String version, List<CheckpointLoader.Loaded> loaded) {
    for (int i = 0; i < loaded.size(); i++) {
      if (!submit(loaded.get(i).on(), new EngineCommand.Serve(loaded.get(i).served()))) {
        loaded.subList(i, loaded.size()).forEach(each -> each.served().memory().run());
        return;
      }
    }
    ModelStatus before = status(model);
    List<ModelStatus.Placement> placements =
        loaded.stream().map(CheckpointLoader.Loaded::placement).toList();
    put(before.serving(new ModelStatus.Served(version, clock.instant(), placements)));
    settle(model);
    Set<String> kept = new HashSet<>(before.servedVersion().stream().toList());
    kept.add(version);
    prune(model, kept);
  }

  private void refuse(String model, String version, Throwable cause) {
    String reason = String.valueOf(cause.getMessage());
    wanted.remove(model);
    ModelStatus before = status(model);
    put(before.refused(new ModelStatus.Refusal(version, reason, clock.instant())));
    log.error(
        "checkpoint {} {} is refused, {}",
        model,
        version,
        before.servedVersion().map(v -> "version " + v + " stays").orElse("nothing is served"),
        cause);
    submitToAll(
        new EngineCommand.Refuse(model, "checkpoint " + version + " is refused: " + reason));
    settle(model);
  }

  private void prune(String model, Set<String> kept) {
    try {
      cache.prune(model, kept);
    } catch (IOException e) {
      log.warn("old checkpoints of {} could not be deleted: {}", model, e.toString());
    }
  }

  private ModelStatus status(String model) {
    return statuses.getOrDefault(model, ModelStatus.unknown(model));
  }

  private void settle(String model) {
    if (unsettled.remove(model)) {
      settleIfReady();
    }
  }

  private void settleIfReady() {
    if (unsettled.isEmpty()) {
      ready.complete(null);
    }
  }

  /** Keeps where a model stands, and tells it. */
  private void put(ModelStatus status) {
    statuses.put(status.model(), status);
    reports.tell(status);
  }

  private void submitToAll(EngineCommand command) {
    fleet.engines().forEach(each -> submit(each, command));
  }

  private static boolean submit(DeviceEngine on, EngineCommand command) {
    try {
      on.engine().submit(command);
      return true;
    } catch (InterruptedException e) {
      // Nobody here interrupts: whoever does wants the process to end.
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
