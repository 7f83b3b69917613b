package dev.anagama.deploy.standalone;

import dev.anagama.contract.CheckpointKeys;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.CheckpointManifest;
import dev.anagama.platform.kafka.KafkaEnds;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.trainer.publish.CheckpointPublisher;
import dev.anagama.v1.ControlEvent;
import java.io.IOException;
import java.time.Clock;
import java.util.Optional;
import org.apache.kafka.clients.producer.Producer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Publishes the checkpoint that the service comes with. */
final class ShippedCheckpoint {
  private static final Logger log = LoggerFactory.getLogger(ShippedCheckpoint.class);

  private ShippedCheckpoint() {}

  /**
   * Publishes the checkpoint unless that was done before over this data. A version that is stored
   * already but is not the current one was put aside by someone, and stays so.
   */
  static void publishOnce(
      Checkpoint checkpoint, ObjectStore store, KafkaSettings kafka, Clock clock)
      throws IOException, InterruptedException {
    CheckpointManifest manifest = checkpoint.manifest();
    Optional<ControlEvent> current = ControlState.read(kafka).of(manifest.model());
    String manifestKey =
        CheckpointKeys.prefix(manifest.model(), manifest.version()) + CheckpointKeys.MANIFEST;
    if (current.isPresent() && store.head(manifestKey).isPresent()) {
      log.info("checkpoint {} {} was published before", manifest.model(), manifest.version());
      return;
    }
    try (Producer<String, byte[]> producer = KafkaEnds.producer(kafka, "anagama-publisher")) {
      CheckpointPublisher.publish(checkpoint, store, producer, clock);
    }
    log.info("checkpoint {} {} is published", manifest.model(), manifest.version());
  }
}
