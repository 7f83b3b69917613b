package dev.anagama.worker.control;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.anagama.worker.schedule.ForwardProfile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A profile beside its cached checkpoint. It is there to save time: one that can not be read or is
 * of another machine is measured again, and a disk that can not keep it stops nothing.
 */
final class ProfileFile {
  private static final Logger log = LoggerFactory.getLogger(ProfileFile.class);

  private static final int FORMAT_VERSION = 1;
  private static final long MAX_BYTES = 65_536;

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  private final Path path;
  private final Machine machine;
  private final String weightsSha256;

  private record Content(
      int formatVersion, Machine machine, String weightsSha256, ForwardProfile profile) {}

  /**
   * Names the file; it need not be there.
   *
   * @param checkpoint folder of the cached checkpoint
   * @param device where the network runs, for example {@code cpu}
   * @param precision label of its arithmetic
   */
  ProfileFile(
      Path checkpoint, String device, String precision, Machine machine, String weightsSha256) {
    this.path =
        checkpoint.resolve("profile-%s-%s-%d.json".formatted(device, precision, machine.threads()));
    this.machine = machine;
    this.weightsSha256 = weightsSha256;
  }

  /** The profile, if it is there and of this machine. */
  Optional<ForwardProfile> read() {
    if (!Files.isRegularFile(path)) {
      return Optional.empty();
    }
    try {
      if (Files.size(path) > MAX_BYTES) {
        throw new IOException("it has %d bytes".formatted(Files.size(path)));
      }
      @Nullable Content content = JSON.readValue(Files.readAllBytes(path), Content.class);
      if (content == null
          || content.formatVersion() != FORMAT_VERSION
          || !content.machine().equals(machine)
          || !content.weightsSha256().equals(weightsSha256)
          || content.profile().lanes() > machine.threads()) {
        log.info("{} is of another machine or release and is measured again", path);
        return Optional.empty();
      }
      return Optional.of(content.profile());
    } catch (IOException e) {
      log.warn("{} is damaged and measured again: {}", path, e.getMessage());
      return Optional.empty();
    }
  }

  /** Keeps a profile, if the disk lets it. */
  void write(ForwardProfile profile) {
    Content content = new Content(FORMAT_VERSION, machine, weightsSha256, profile);
    try {
      // Workers may share the folder: the file appears whole.
      Path part = Files.createTempFile(path.getParent(), "profile", ".part");
      try {
        Files.write(part, JSON.writeValueAsBytes(content));
        Files.move(part, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (IOException e) {
      log.warn("{} could not be kept: {}", path, e.toString());
    }
  }
}
