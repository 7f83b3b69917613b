package dev.anagama.platform.kafka;

import dev.anagama.platform.broker.EmbeddedBroker;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.admin.NewTopic;

/** A real broker for one test class; each test makes topics of its own. */
final class BrokerFixture implements AutoCloseable {
  private final Path folder;
  private final int port;
  private EmbeddedBroker broker;

  BrokerFixture(Path folder) {
    this.folder = folder;
    this.broker = EmbeddedBroker.start(folder, 0);
    String servers = broker.bootstrapServers();
    this.port = Integer.parseInt(servers.substring(servers.indexOf(':') + 1));
  }

  KafkaSettings settings() {
    return settings(Map.of());
  }

  KafkaSettings settings(Map<String, String> properties) {
    return new KafkaSettings(broker.bootstrapServers(), properties);
  }

  /** Makes a topic with a name that no other has. */
  String newTopic(int partitions) {
    String topic = "t-" + UUID.randomUUID();
    createTopic(topic, partitions);
    return topic;
  }

  void createTopic(String topic, int partitions) {
    Topology.make(settings(), List.of(new NewTopic(topic, partitions, (short) 1)));
  }

  void stop() {
    broker.close();
  }

  /** Starts it again over the same records, at the same port. */
  void startAgain() {
    broker = EmbeddedBroker.start(folder, port);
  }

  @Override
  public void close() {
    broker.close();
  }
}
