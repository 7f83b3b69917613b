package dev.anagama.worker;

import dev.anagama.platform.config.KafkaConfig;
import dev.anagama.platform.config.ResultsConfig;
import dev.anagama.platform.config.StoreConfig;
import io.smallrye.config.ConfigMapping;

/**
 * Everything that a worker is told: keys {@code anagama.worker.*}, {@code .kafka.*},
 * {@code .store.*}, {@code .results.*}.
 */
@ConfigMapping(prefix = "anagama")
public interface WorkerConfig {
  /** The worker's own. */
  WorkerOptions worker();

  /** How Kafka is reached. */
  KafkaConfig kafka();

  /** Where checkpoints are and images go. */
  StoreConfig store();

  /** How long results are kept. */
  ResultsConfig results();
}
