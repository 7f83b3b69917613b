package dev.anagama.deploy;

import dev.anagama.bench.TinyModel;
import dev.anagama.deploy.client.GatewayClient;
import dev.anagama.deploy.client.ServerAddress;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.gateway.Gateway;
import dev.anagama.gateway.GatewayConfig;
import dev.anagama.platform.config.Settings;
import dev.anagama.platform.kafka.KafkaEnds;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.kafka.Topology;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.trainer.publish.CheckpointPublisher;
import dev.anagama.worker.Worker;
import dev.anagama.worker.WorkerConfig;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.Producer;

/** A gateway and a worker in this process, against a Kafka and an object store that are not. */
public final class RolesInProcess implements AutoCloseable {
  private static final Duration READY = Duration.ofMinutes(2);

  private final Worker worker;
  private final Gateway gateway;
  private final GatewayClient client;
  private final KafkaSettings kafka;

  private RolesInProcess(Worker worker, Gateway gateway, KafkaSettings kafka) {
    this.worker = worker;
    this.gateway = gateway;
    this.kafka = kafka;
    this.client = GatewayClient.of(new ServerAddress("127.0.0.1", gateway.grpcPort()));
  }

  /**
   * Makes the topics, publishes {@link TinyModel} and starts both.
   *
   * @param folder for the worker's cache
   * @param store the same as in {@code settings}, for the checkpoint; stays the caller's
   * @param settings how Kafka and the store are reached
   */
  public static RolesInProcess start(Path folder, ObjectStore store, Map<String, String> settings)
      throws Exception {
    Map<String, String> all = new HashMap<>(settings);
    all.put("anagama.gateway.http-port", "0");
    all.put("anagama.gateway.grpc-port", "0");
    all.put("anagama.kafka.job-partitions", "3");
    all.put("anagama.worker.precision", "float32");
    all.put("anagama.worker.row-limit", "8");
    all.put("anagama.worker.name", "w1");
    all.put("anagama.worker.cache-folder", folder.resolve("cache").toString());
    GatewayConfig gatewayConfig = Settings.load(GatewayConfig.class, Optional.empty(), all);
    WorkerConfig workerConfig = Settings.load(WorkerConfig.class, Optional.empty(), all);
    KafkaSettings kafka = KafkaSettings.of(gatewayConfig.kafka());
    Topology.ensure(kafka, Topology.Options.of(gatewayConfig.kafka()));
    Checkpoint checkpoint = TinyModel.write(folder.resolve("checkpoint"));
    try (Producer<String, byte[]> producer = KafkaEnds.producer(kafka, "test-publish")) {
      CheckpointPublisher.publish(checkpoint, store, producer, Clock.systemUTC());
    }
    Worker worker = Worker.start(workerConfig, Clock.systemUTC());
    Gateway gateway = Gateway.start(gatewayConfig, Clock.systemUTC());
    RolesInProcess roles = new RolesInProcess(worker, gateway, kafka);
    if (!gateway.awaitReady(READY) || !worker.awaitReady(READY)) {
      roles.close();
      throw new AssertionError("the roles are not ready in " + READY);
    }
    return roles;
  }

  /** A client of the gateway. */
  public GatewayClient client() {
    return client;
  }

  /** How their Kafka is reached. */
  public KafkaSettings kafka() {
    return kafka;
  }

  @Override
  public void close() {
    client.close();
    gateway.close();
    worker.close();
  }
}
