package dev.anagama.gateway;

import dev.anagama.contract.Topics;
import dev.anagama.platform.broker.EmbeddedBroker;
import dev.anagama.platform.config.Settings;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.kafka.Topology;
import dev.anagama.platform.objectstore.FileObjectStore;
import dev.anagama.platform.objectstore.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;

/** A real broker, a real store, a {@link TestWorker}, and gateways over them. */
final class Harness implements AutoCloseable {
  private static final int JOB_PARTITIONS = 4;
  private static final Duration READY = Duration.ofMinutes(3);

  static {
    // For a machine that is busy otherwise; Awaitility's own patience is 10 s.
    Awaitility.setDefaultTimeout(TestWorker.PATIENCE);
  }

  private final Path folder;
  private final Deque<Runnable> opened = new ArrayDeque<>();
  private final Starter starter;
  private Broker broker;
  final KafkaSettings kafka;
  final ObjectStore store;
  final TestWorker worker;

  /** A running broker, and how it is stopped. */
  private record Broker(String bootstrapServers, Stop stop) {}

  @FunctionalInterface
  private interface Stop {
    void now() throws InterruptedException;
  }

  @FunctionalInterface
  private interface Starter {
    Broker at(Path folder, int port) throws IOException;
  }

  /** With a broker in this process, which stops in order. */
  Harness(Path folder) throws IOException {
    this(
        folder,
        (data, port) -> {
          EmbeddedBroker broker = EmbeddedBroker.start(data, port);
          return new Broker(broker.bootstrapServers(), broker::close);
        });
  }

  /** With a broker in a process of its own, which is killed when it is stopped. */
  static Harness withBrokerProcess(Path folder) throws IOException {
    return new Harness(
        folder,
        (data, port) -> {
          TestProcess process =
              TestProcess.start(
                  BrokerProcess.class, List.of(data.toString(), Integer.toString(port)));
          return new Broker(process.said().get(0), process::kill);
        });
  }

  private Harness(Path folder, Starter starter) throws IOException {
    this.folder = folder;
    this.starter = starter;
    this.broker = starter.at(folder.resolve("kafka"), 0);
    this.kafka = new KafkaSettings(broker.bootstrapServers(), Map.of());
    Topology.ensure(kafka, new Topology.Options(JOB_PARTITIONS, (short) 1));
    this.store = new FileObjectStore(folder.resolve("store"));
    opened.push(store::close);
    this.worker = new TestWorker(kafka, store);
    opened.push(worker::close);
  }

  /** Publishes the model that most tests use; see {@link Topics#CONTROL}. */
  void publishModel() {
    worker.publish(Samples.published(Samples.MODEL, Samples.card()));
  }

  /** Starts a gateway; {@code settings} by keys below {@code anagama.gateway}. */
  Gateway gateway(Map<String, String> settings) {
    Gateway gateway =
        Gateway.start(
            Settings.load(GatewayConfig.class, Optional.empty(), settings(settings)),
            Clock.systemUTC());
    opened.push(gateway::close);
    return gateway;
  }

  /** Starts a gateway in a process of its own and returns when it is ready. */
  TestProcess gatewayProcess() throws IOException {
    TestProcess process =
        TestProcess.start(
            GatewayProcess.class,
            settings(Map.of()).entrySet().stream()
                .map(setting -> setting.getKey() + "=" + setting.getValue())
                .toList());
    opened.push(process::close);
    return process;
  }

  private Map<String, String> settings(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>();
    all.put("anagama.gateway.http-port", "0");
    all.put("anagama.gateway.grpc-port", "0");
    settings.forEach((key, value) -> all.put("anagama.gateway." + key, value));
    all.put("anagama.kafka.bootstrap-servers", kafka.bootstrapServers());
    all.put("anagama.kafka.job-partitions", Integer.toString(JOB_PARTITIONS));
    all.put("anagama.store.uri", folder.resolve("store").toUri().toString());
    return all;
  }

  Gateway readyGateway(Map<String, String> settings) throws InterruptedException {
    Gateway gateway = gateway(settings);
    if (!gateway.awaitReady(READY)) {
      throw new IllegalStateException("the gateway is not ready");
    }
    return gateway;
  }

  void stopBroker() {
    try {
      broker.stop().now();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the broker was stopped", e);
    }
  }

  void startBroker() throws IOException {
    String servers = kafka.bootstrapServers();
    int port = Integer.parseInt(servers.substring(servers.lastIndexOf(':') + 1));
    broker = starter.at(folder.resolve("kafka"), port);
  }

  @Override
  public void close() {
    while (!opened.isEmpty()) {
      opened.pop().run();
    }
    stopBroker();
  }
}
