package dev.anagama.bench.pipeline;

import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.gateway.Gateway;
import dev.anagama.gateway.GatewayConfig;
import dev.anagama.platform.broker.EmbeddedBroker;
import dev.anagama.platform.config.Settings;
import dev.anagama.platform.kafka.KafkaEnds;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.kafka.Topology;
import dev.anagama.platform.objectstore.FileObjectStore;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.trainer.publish.CheckpointPublisher;
import dev.anagama.worker.Worker;
import dev.anagama.worker.WorkerConfig;
import dev.anagama.worker.control.ModelStatus.Placement;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.Producer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Broker, worker and gateway as a user would start them, over one folder. */
final class LocalService implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LocalService.class);

  private static final Duration READY = Duration.ofMinutes(2);

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final KafkaSettings kafka;
  private final ObjectStore store;
  private final Worker worker;
  private final Gateway gateway;

  private LocalService(Path data, Path checkpoint, Map<String, String> settings, Clock clock)
      throws IOException, InterruptedException {
    EmbeddedBroker broker = opened(EmbeddedBroker.start(data.resolve("kafka"), 0));
    this.kafka = new KafkaSettings(broker.bootstrapServers(), Map.of());
    this.store = opened(new FileObjectStore(data.resolve("store")));
    Map<String, String> all = new HashMap<>(settings);
    all.put("anagama.kafka.bootstrap-servers", broker.bootstrapServers());
    all.put("anagama.store.uri", data.resolve("store").toUri().toString());
    all.put("anagama.gateway.http-port", "0");
    all.put("anagama.gateway.grpc-port", "0");
    all.put("anagama.worker.cache-folder", data.resolve("checkpoints").toString());
    GatewayConfig gatewayConfig = Settings.load(GatewayConfig.class, Optional.empty(), all);
    WorkerConfig workerConfig = Settings.load(WorkerConfig.class, Optional.empty(), all);
    Topology.ensure(kafka, Topology.Options.of(gatewayConfig.kafka()));
    try (Producer<String, byte[]> producer = KafkaEnds.producer(kafka, "anagama-bench")) {
      CheckpointPublisher.publish(Checkpoint.read(checkpoint), store, producer, clock);
    }
    this.worker = opened(Worker.start(workerConfig, clock));
    this.gateway = opened(Gateway.start(gatewayConfig, clock));
    if (!gateway.awaitReady(READY) || !worker.awaitReady(READY)) {
      throw new IllegalStateException(
          "the service was not ready in %d s; the log says why".formatted(READY.toSeconds()));
    }
  }

  /**
   * Starts everything and returns when jobs are taken and done.
   *
   * @param data folder that keeps everything; made if it is not there
   * @param checkpoint folder of the checkpoint that is published
   * @param settings of the gateway and the worker, by key
   */
  static LocalService start(Path data, Path checkpoint, Map<String, String> settings, Clock clock)
      throws IOException, InterruptedException {
    return new LocalService(data, checkpoint, settings, clock);
  }

  KafkaSettings kafka() {
    return kafka;
  }

  /** Where images and records are. */
  ObjectStore store() {
    return store;
  }

  int httpPort() {
    return gateway.httpPort();
  }

  /** How the worker runs the one model that is published, on its first device. */
  Placement placement() {
    return worker.models().values().stream()
        .flatMap(model -> model.served().stream())
        .flatMap(served -> served.placements().stream())
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("the worker serves no model"));
  }

  /** What has ended the worker's work for good. */
  Optional<Throwable> failure() {
    return worker.failure();
  }

  @Override
  public void close() {
    // Last started, first closed: whoever uses something goes before it.
    while (!parts.isEmpty()) {
      AutoCloseable part = parts.pop();
      try {
        part.close();
      } catch (Exception e) {
        log.error("{} was not closed in order", part.getClass().getSimpleName(), e);
      }
    }
  }

  private <T extends AutoCloseable> T opened(T part) {
    parts.push(part);
    return part;
  }
}
