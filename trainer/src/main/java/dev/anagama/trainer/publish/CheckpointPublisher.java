package dev.anagama.trainer.publish;

import com.google.protobuf.Timestamp;
import dev.anagama.contract.CheckpointKeys;
import dev.anagama.contract.Topics;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.CheckpointException;
import dev.anagama.diffusion.checkpoint.CheckpointManifest;
import dev.anagama.diffusion.schedule.ScheduleKind;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.platform.objectstore.Sha256;
import dev.anagama.v1.CheckpointPublished;
import dev.anagama.v1.ControlEvent;
import dev.anagama.v1.ModelCard;
import dev.anagama.v1.Sampler;
import dev.anagama.v1.Schedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Publishes a checkpoint: its files become objects, then the control topic names them. */
public final class CheckpointPublisher {
  private static final long ACKNOWLEDGEMENT_TIMEOUT_SECONDS = 30;

  private CheckpointPublisher() {}

  /**
   * Stores and announces a checkpoint; returns once Kafka has acknowledged it. A version is
   * immutable: publishing the same files again announces them again, other files under the same
   * version are refused.
   *
   * @throws CheckpointException if its files have changed since it was read, or the version is taken
   *     by another one
   * @throws IOException if Kafka does not acknowledge within 30 seconds
   */
  public static ControlEvent publish(
      Checkpoint checkpoint, ObjectStore store, Producer<String, byte[]> producer, Clock clock)
      throws IOException, InterruptedException {
    Path folder = checkpoint.folder();
    CheckpointManifest manifest = checkpoint.manifest();
    String prefix = CheckpointKeys.prefix(manifest.model(), manifest.version());

    // Bytes before facts, and the manifest after the files that it names.
    for (Map.Entry<String, String> file : manifest.files().entrySet()) {
      byte[] bytes = unchanged(folder.resolve(file.getKey()), file.getValue());
      store(store, prefix + file.getKey(), bytes, "application/octet-stream");
    }
    byte[] manifestBytes = Files.readAllBytes(folder.resolve(CheckpointKeys.MANIFEST));
    store(store, prefix + CheckpointKeys.MANIFEST, manifestBytes, "application/json");

    ControlEvent event =
        ControlEvent.newBuilder()
            .setModel(manifest.model())
            .setOccurredAt(timestamp(clock.instant()))
            .setPublished(
                CheckpointPublished.newBuilder()
                    .setVersion(manifest.version())
                    .setKeyPrefix(prefix)
                    .setManifestSha256(Sha256.hex(manifestBytes))
                    .setCard(card(manifest)))
            .build();
    announce(producer, event);
    return event;
  }

  /** What is stored stays for ever, so the very bytes are looked at, not those of a moment ago. */
  private static byte[] unchanged(Path file, String sha256) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    if (!Sha256.hex(bytes).equals(sha256)) {
      throw new CheckpointException(file + " has changed while it was published");
    }
    return bytes;
  }

  private static void store(ObjectStore store, String key, byte[] bytes, String contentType) {
    if (!store.putIfAbsent(key, bytes, contentType)) {
      Optional<byte[]> stored = store.get(key);
      if (stored.isEmpty() || !Arrays.equals(stored.get(), bytes)) {
        throw new CheckpointException(
            "%s is already in the object store with other content; a version can not be changed,"
                    .formatted(key)
                + " publish under another one");
      }
    }
  }

  private static void announce(Producer<String, byte[]> producer, ControlEvent event)
      throws IOException, InterruptedException {
    try {
      producer
          .send(new ProducerRecord<>(Topics.CONTROL, event.getModel(), event.toByteArray()))
          .get(ACKNOWLEDGEMENT_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("Kafka did not acknowledge the announcement of the checkpoint", e);
    }
  }

  private static ModelCard card(CheckpointManifest manifest) {
    return ModelCard.newBuilder()
        .setChannels(manifest.image().channels())
        .setHeight(manifest.image().height())
        .setWidth(manifest.image().width())
        .addAllClassNames(manifest.classNames())
        .setDefaultNumInferenceSteps(manifest.defaults().numInferenceSteps())
        .setDefaultGuidanceScale(manifest.defaults().guidanceScale())
        .setDefaultSampler(sampler(manifest.defaults().sampler()))
        .setDefaultSchedule(schedule(manifest.defaults().schedule()))
        .build();
  }

  private static Sampler sampler(String word) {
    return switch (word) {
      case "ancestral" -> Sampler.SAMPLER_ANCESTRAL;
      case "ddim" -> Sampler.SAMPLER_DDIM;
      case "dpmpp_2m" -> Sampler.SAMPLER_DPMPP_2M;
      case "heun" -> Sampler.SAMPLER_HEUN;
      default -> throw new IllegalStateException("a manifest names no sampler " + word);
    };
  }

  private static Schedule schedule(ScheduleKind kind) {
    return switch (kind) {
      case COSINE -> Schedule.SCHEDULE_COSINE;
      case LINEAR_LOG_SNR -> Schedule.SCHEDULE_LINEAR_LOG_SNR;
      case EDM -> Schedule.SCHEDULE_EDM;
    };
  }

  private static Timestamp timestamp(Instant instant) {
    return Timestamp.newBuilder()
        .setSeconds(instant.getEpochSecond())
        .setNanos(instant.getNano())
        .build();
  }
}
