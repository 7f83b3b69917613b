package dev.anagama.platform.kafka;

import dev.anagama.platform.config.KafkaConfig;
import java.util.Map;

/**
 * How Kafka is reached.
 *
 * @param bootstrapServers brokers to begin with: host:port, several joined by commas
 * @param properties extra client properties by Kafka's names; they may set timeouts and security,
 *     and give way where a guarantee depends on the value (acknowledgements, isolation, commits)
 */
public record KafkaSettings(String bootstrapServers, Map<String, String> properties) {
  /** Keeps its own copy of the properties. */
  public KafkaSettings {
    properties = Map.copyOf(properties);
  }

  /** The settings that the configuration holds. */
  public static KafkaSettings of(KafkaConfig config) {
    return new KafkaSettings(config.bootstrapServers(), config.properties());
  }

  /** The brokers alone; properties may hold passwords. */
  @Override
  public String toString() {
    return "KafkaSettings[" + bootstrapServers + "]";
  }
}
