package dev.anagama.platform.config;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Map;

/** How Kafka is reached and what its topics are made with: keys {@code anagama.kafka.*}. */
@ConfigMapping(prefix = "anagama.kafka")
public interface KafkaConfig {
  /** Brokers to begin with: host:port, several joined by commas. */
  @WithDefault("127.0.0.1:9092")
  String bootstrapServers();

  /**
   * Partitions of each topic of jobs when it is made, 1 to 1000: the most workers that can share
   * it.
   */
  @WithDefault("48")
  @Between(min = 1, max = 1000)
  int jobPartitions();

  /** Copies of each topic when it is made, 1 to 9; at most the number of brokers. */
  @WithDefault("1")
  @Between(min = 1, max = 9)
  short replication();

  /** Extra properties of every Kafka client, by Kafka's own names: security, timeouts. */
  Map<String, String> properties();
}
