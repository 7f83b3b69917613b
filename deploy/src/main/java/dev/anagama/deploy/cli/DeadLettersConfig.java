package dev.anagama.deploy.cli;

import dev.anagama.platform.config.KafkaConfig;
import io.smallrye.config.ConfigMapping;

/** What the dead letters are reached by: keys {@code anagama.kafka.*}. */
@ConfigMapping(prefix = "anagama")
interface DeadLettersConfig {
  /** How Kafka is reached. */
  KafkaConfig kafka();
}
