package dev.anagama.worker.control;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.anagama.contract.CheckpointKeys;
import dev.anagama.contract.Topics;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.CheckpointException;
import dev.anagama.diffusion.checkpoint.CheckpointManifest;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.checkpoint.NetworkSource;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.TorchDenoiser;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.kafka.TopicTail;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.platform.objectstore.ObjectStoreException;
import dev.anagama.v1.CheckpointPublished;
import dev.anagama.v1.ControlEvent;
import dev.anagama.worker.engine.Engine;
import dev.anagama.worker.engine.EngineCommand;
import dev.anagama.worker.engine.ServedModel;
import dev.anagama.worker.retry.Backoff;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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
 * Follows the control topic and brings published checkpoints to the engine: fetched, verified,
 * loaded and run once, all on a thread of its own, so that the engine gets a network that is known
 * to work and loses no time over it.
 *
 * <p>A checkpoint that can not be used is refused with its reason in the log and in
 * {@link #models}; what the model serves stays. An object store or a disk that fails is tried again
 * for as long as the version is wanted, with pauses that grow to a bound; jobs for the model wait
 * meanwhile.
 *
 * <p>Only a model's last event counts. Until the topic has been read to its end at the start,
 * nothing is loaded, and an event that is overtaken by a later one before its turn is dropped.
 */
public final class CheckpointLibrary implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CheckpointLibrary.class);

  private static final long CLOSE_SECONDS = 30;
  private static final int WARM_UP_PASSES = 2;

  private final CheckpointCache cache;
  private final Device device;
  private final Precision precision;
  private final int rowLimit;
  private final Engine engine;
  private final Backoff backoff;
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final Map<String, ModelStatus> statuses = new ConcurrentHashMap<>();
  private final ScheduledThreadPoolExecutor thread;
  private @Nullable TopicTail tail;

  // Guarded by this: the last event of each model that was not looked at yet.
  private final Map<String, ControlEvent> unseen = new HashMap<>();
  private boolean caughtUp;

  // What follows is touched by the thread alone.
  private final Map<String, ControlEvent> wanted = new HashMap<>();
  private final Set<String> unsettled = new HashSet<>();

  private CheckpointLibrary(
      CheckpointCache cache,
      Device device,
      Precision precision,
      int rowLimit,
      Engine engine,
      Backoff backoff) {
    this.cache = cache;
    this.rowLimit = rowLimit;
    this.device = device;
    this.precision = precision;
    this.engine = engine;
    this.backoff = backoff;
    this.thread =
        new ScheduledThreadPoolExecutor(1, task -> new Thread(task, "anagama-checkpoints"));
    this.thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /**
   * Begins to follow.
   *
   * @param folder where checkpoints are kept on this machine; made if it is not there
   * @param device what the networks are loaded onto
   * @param rowLimit most network rows in one forward pass of any of them
   * @param engine gets the loaded networks, and closes them
   */
  public static CheckpointLibrary start(
      KafkaSettings kafka,
      ObjectStore store,
      Path folder,
      Device device,
      Precision precision,
      int rowLimit,
      Engine engine,
      Backoff backoff) {
    CheckpointLibrary library =
        new CheckpointLibrary(
            new CheckpointCache(folder, store), device, precision, rowLimit, engine, backoff);
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

  /** Stops following; what is being loaded is loaded to its end, within bounds. */
  @Override
  public void close() {
    if (tail != null) {
      tail.close();
    }
    thread.shutdown();
    try {
      if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        log.warn("a checkpoint is still being loaded after {} s and is left", CLOSE_SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void take(ConsumerRecord<String, byte[]> record) {
    ControlEvent event = decode(record);
    synchronized (this) {
      boolean first = unseen.put(event.getModel(), event) == null;
      if (caughtUp && first) {
        thread.execute(() -> look(event.getModel()));
      }
    }
  }

  private static ControlEvent decode(ConsumerRecord<String, byte[]> record) {
    if (record.value() == null) {
      // A tombstone: the model is gone, and nobody says why.
      return ControlEvent.newBuilder().setModel(String.valueOf(record.key())).build();
    }
    try {
      return ControlEvent.parseFrom(record.value());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("not a ControlEvent: " + e.getMessage(), e);
    }
  }

  private synchronized void begin() {
    caughtUp = true;
    List<String> models = List.copyOf(unseen.keySet());
    thread.execute(
        () -> {
          unsettled.addAll(models);
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
        submit(new EngineCommand.Expect(model));
        load(event, 1);
      }
      case WITHDRAWN -> withdraw(model, event.getWithdrawn().getReason());
      case FACT_NOT_SET -> withdraw(model, "it was removed from the control topic");
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
    submit(new EngineCommand.Withdraw(model, reason));
    settle(model);
  }

  private void load(ControlEvent event, int attempt) {
    String model = event.getModel();
    CheckpointPublished published = event.getPublished();
    if (!event.equals(wanted.get(model)) || thread.isShutdown()) {
      return;
    }
    try {
      ServedModel served = open(model, published);
      if (!submit(new EngineCommand.Serve(served))) {
        served.memory().run();
        return;
      }
      ModelStatus before = status(model);
      statuses.put(model, before.served(published.getVersion()));
      settle(model);
      Set<String> kept = new HashSet<>(before.servedVersion().stream().toList());
      kept.add(published.getVersion());
      prune(model, kept);
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

  private ServedModel open(String model, CheckpointPublished published) throws IOException {
    String version = published.getVersion();
    String prefix = CheckpointKeys.prefix(model, version);
    if (!published.getKeyPrefix().equals(prefix)) {
      throw new CheckpointException(
          "key_prefix is '%s'; allowed: '%s'".formatted(published.getKeyPrefix(), prefix));
    }
    Checkpoint checkpoint = cache.get(model, version, published.getManifestSha256());
    CheckpointManifest manifest = checkpoint.manifest();
    if (!manifest.model().equals(model) || !manifest.version().equals(version)) {
      throw new CheckpointException(
          "the manifest is of %s %s; %s %s was published"
              .formatted(manifest.model(), manifest.version(), model, version));
    }
    TorchDenoiser denoiser = checkpoint.open(device, precision);
    try {
      warmUp(denoiser, manifest);
    } catch (RuntimeException | Error e) {
      denoiser.close();
      throw e;
    }
    boolean ours = manifest.network() instanceof NetworkSource.UNet;
    return new ServedModel(
        manifest,
        checkpoint.weightsSha256(),
        denoiser,
        denoiser::close,
        device,
        ours ? precision.label() : "",
        rowLimit);
  }

  /**
   * Small forward passes: what fails here must not fail in the engine, and TorchScript makes its
   * plans during the first two.
   */
  private void warmUp(TorchDenoiser denoiser, CheckpointManifest manifest) {
    ImageShape image = manifest.image();
    Shape shape = new Shape(1, image.channels(), image.height(), image.width());
    for (int pass = 0; pass < WARM_UP_PASSES; pass++) {
      try (NDManager scope = NDManager.newBaseManager(device)) {
        NDArray condition = scope.create(new long[] {manifest.nullCondition()});
        NDArray eps =
            denoiser.predictNoise(scope.zeros(shape), scope.zeros(new Shape(1)), condition);
        requireNumbers(eps, shape);
      }
    }
  }

  private static void requireNumbers(NDArray eps, Shape shape) {
    if (!eps.getShape().equals(shape)) {
      throw new CheckpointException(
          "the network answers %s for images of %s".formatted(eps.getShape(), shape));
    }
    for (float value : eps.toFloatArray()) {
      if (!Float.isFinite(value)) {
        throw new CheckpointException("the network answers " + value + "; allowed: numbers");
      }
    }
  }

  private void refuse(String model, String version, Throwable cause) {
    String reason = String.valueOf(cause.getMessage());
    wanted.remove(model);
    ModelStatus before = status(model);
    statuses.put(model, before.refused(version, reason));
    log.error(
        "checkpoint {} {} is refused, {}",
        model,
        version,
        before.servedVersion().map(v -> "version " + v + " stays").orElse("nothing is served"),
        cause);
    submit(new EngineCommand.Refuse(model, "checkpoint " + version + " is refused: " + reason));
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

  private boolean submit(EngineCommand command) {
    try {
      engine.submit(command);
      return true;
    } catch (InterruptedException e) {
      // Nobody here interrupts: whoever does wants the process to end.
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
