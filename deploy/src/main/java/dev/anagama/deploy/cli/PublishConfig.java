package dev.anagama.deploy.cli;

import dev.anagama.platform.config.KafkaConfig;
import dev.anagama.platform.config.StoreConfig;
import io.smallrye.config.ConfigMapping;

/** What publishing is configured by: keys {@code anagama.kafka.*} and {@code anagama.store.*}. */
@ConfigMapping(prefix = "anagama")
interface PublishConfig {
  /** How Kafka is reached. */
  KafkaConfig kafka();

  /** Where checkpoints are kept. */
  StoreConfig store();
}
