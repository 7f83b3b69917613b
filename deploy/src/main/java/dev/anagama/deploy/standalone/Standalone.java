package dev.anagama.deploy.standalone;

import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.CheckpointManifest;
import dev.anagama.gateway.Gateway;
import dev.anagama.gateway.GatewayConfig;
import dev.anagama.platform.broker.EmbeddedBroker;
import dev.anagama.platform.config.Settings;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.kafka.Topology;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.platform.objectstore.ObjectStores;
import dev.anagama.worker.Worker;
import dev.anagama.worker.WorkerConfig;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The whole service in one process, over one folder. Started again over the same folder, also after
 * the process was killed, it goes on with the jobs that it had acknowledged.
 */
public final class Standalone implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Standalone.class);

  private static final Duration READY = Duration.ofMinutes(2);

  private final CheckpointManifest manifest;
  private final EmbeddedBroker broker;
  private final Worker worker;
  private final Gateway gateway;
  private final Deque<AutoCloseable> parts;

  private Standalone(
      CheckpointManifest manifest,
      EmbeddedBroker broker,
      Worker worker,
      Gateway gateway,
      Deque<AutoCloseable> parts) {
    this.manifest = manifest;
    this.broker = broker;
    this.worker = worker;
    this.gateway = gateway;
    this.parts = parts;
  }

  /**
   * Starts everything and returns when jobs are taken and done.
   *
   * @throws StartException if it does not come up in time; other exceptions come from the part that
   *     could not be started. Nothing is left running
   */
  public static Standalone start(StandaloneOptions options, Clock clock) {
    // Last started, first closed: whoever uses something goes before it.
    Deque<AutoCloseable> parts = new ArrayDeque<>();
    boolean up = false;
    try {
      Standalone service = start(options, clock, parts);
      up = true;
      return service;
    } catch (IOException e) {
      throw new StartException(String.valueOf(e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartException("interrupted before everything was up", e);
    } finally {
      if (!up) {
        close(parts);
      }
    }
  }

  private static Standalone start(
      StandaloneOptions options, Clock clock, Deque<AutoCloseable> parts)
      throws IOException, InterruptedException {
    // Read first: a checkpoint that is damaged is the most likely reason not to start.
    Checkpoint checkpoint = Checkpoint.read(options.checkpoint());
    EmbeddedBroker broker = EmbeddedBroker.start(options.brokerFolder(), options.ports().kafka());
    parts.push(broker);
    Map<String, String> settings = options.roleSettings(broker.bootstrapServers());
    GatewayConfig gatewayConfig = Settings.load(GatewayConfig.class, options.config(), settings);
    WorkerConfig workerConfig = Settings.load(WorkerConfig.class, options.config(), settings);
    KafkaSettings kafka = KafkaSettings.of(gatewayConfig.kafka());
    Topology.ensure(kafka, Topology.Options.of(gatewayConfig.kafka()));
    try (ObjectStore store = ObjectStores.open(gatewayConfig.store())) {
      ShippedCheckpoint.publishOnce(checkpoint, store, kafka, clock);
    }
    Worker worker = Worker.start(workerConfig, clock);
    parts.push(worker);
    Gateway gateway = Gateway.start(gatewayConfig, clock);
    parts.push(gateway);
    requireReady("gateway", gateway.awaitReady(READY));
    requireReady("worker", worker.awaitReady(READY));
    return new Standalone(checkpoint.manifest(), broker, worker, gateway, parts);
  }

  private static void requireReady(String role, boolean ready) {
    if (!ready) {
      throw new StartException(
          "the %s was not ready in %d s; the log says why".formatted(role, READY.toSeconds()));
    }
  }

  /** What is known of the checkpoint that it was started with. */
  public CheckpointManifest manifest() {
    return manifest;
  }

  /** Where HTTP is served on the loopback interface. */
  public int httpPort() {
    return gateway.httpPort();
  }

  /** Where gRPC is served on the loopback interface. */
  public int grpcPort() {
    return gateway.grpcPort();
  }

  /** How its broker is reached. */
  public KafkaSettings kafka() {
    return new KafkaSettings(broker.bootstrapServers(), Map.of());
  }

  /** What has ended the worker's work for good, if anything has; then only a restart helps. */
  public Optional<Throwable> failure() {
    return worker.failure();
  }

  /** Stops all, the broker last; each part gets the time that it needs. */
  @Override
  public void close() {
    close(parts);
  }

  private static void close(Deque<AutoCloseable> parts) {
    while (!parts.isEmpty()) {
      AutoCloseable part = parts.pop();
      try {
        part.close();
      } catch (Exception e) {
        // The others must be closed all the same.
        log.error("{} was not closed in order", part.getClass().getSimpleName(), e);
      }
    }
  }
}
