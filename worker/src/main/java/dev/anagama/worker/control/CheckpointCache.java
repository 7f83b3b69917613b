package dev.anagama.worker.control;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.anagama.contract.CheckpointKeys;
import dev.anagama.contract.Identifiers;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.CheckpointException;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.platform.objectstore.ObjectStoreException;
import dev.anagama.platform.objectstore.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checkpoints on this machine, {@code FOLDER/<model>/<version>/}. A version's folder appears whole,
 * by a rename, and is verified every time it is used; several workers may share one cache. Used by
 * one thread.
 */
final class CheckpointCache {
  private static final Logger log = LoggerFactory.getLogger(CheckpointCache.class);

  private static final int MAX_FILES = 16;
  private static final JsonMapper JSON = new JsonMapper();
  private static final String PART = ".part-";

  private final Path folder;
  private final ObjectStore store;

  CheckpointCache(Path folder, ObjectStore store) {
    this.folder = folder;
    this.store = store;
  }

  /**
   * A verified checkpoint, from the cache or fetched into it.
   *
   * @param manifestSha256 what the manifest must have, 64 lower-case hexadecimal digits
   * @throws CheckpointException if it is not what was published
   * @throws ObjectStoreException if the store fails
   * @throws IOException if the cache can not be written
   */
  Checkpoint get(String model, String version, String manifestSha256) throws IOException {
    String prefix = CheckpointKeys.prefix(model, version);
    Path wanted = folder.resolve(model).resolve(version);
    if (Files.exists(wanted)) {
      if (hasManifest(wanted, manifestSha256)) {
        try {
          return Checkpoint.read(wanted);
        } catch (CheckpointException e) {
          log.warn("{} is damaged and fetched again: {}", wanted, e.getMessage());
        }
      }
      delete(wanted);
    }
    fetch(prefix, wanted, manifestSha256);
    try {
      return Checkpoint.read(wanted);
    } catch (CheckpointException e) {
      // The next try shall not find it here.
      delete(wanted);
      throw e;
    }
  }

  /** Deletes the versions of a model that are not in {@code kept}. */
  void prune(String model, Set<String> kept) throws IOException {
    List<Path> versions;
    try (Stream<Path> all = Files.list(folder.resolve(model))) {
      versions =
          all.filter(path -> !kept.contains(path.getFileName().toString()))
              .filter(path -> !path.getFileName().toString().startsWith(PART))
              .toList();
    }
    for (Path version : versions) {
      delete(version);
    }
  }

  private void fetch(String prefix, Path wanted, String manifestSha256) throws IOException {
    byte[] manifest = object(prefix + CheckpointKeys.MANIFEST);
    String found = Sha256.hex(manifest);
    if (!found.equals(manifestSha256)) {
      throw new CheckpointException(
          "%s has SHA-256 %s; %s was published"
              .formatted(prefix + CheckpointKeys.MANIFEST, found, manifestSha256));
    }
    Files.createDirectories(wanted.getParent());
    Path part = Files.createTempDirectory(wanted.getParent(), PART);
    try {
      for (String name : fileNames(prefix, manifest)) {
        Files.write(part.resolve(name), object(prefix + name));
      }
      Files.write(part.resolve(CheckpointKeys.MANIFEST), manifest);
      move(part, wanted);
    } finally {
      delete(part);
    }
  }

  private static void move(Path part, Path wanted) throws IOException {
    try {
      Files.move(part, wanted, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      // Another worker with the same cache was quicker; what it put there is verified like ours.
      if (!Files.exists(wanted)) {
        throw e;
      }
    }
  }

  private byte[] object(String key) {
    // Stored before the checkpoint was announced: not there means never there.
    return store.get(key).orElseThrow(() -> new CheckpointException("there is no object " + key));
  }

  private static List<String> fileNames(String prefix, byte[] manifest) {
    List<String> names = new ArrayList<>();
    try {
      JsonNode files = JSON.readTree(new String(manifest, StandardCharsets.UTF_8)).path("files");
      files.fieldNames().forEachRemaining(names::add);
    } catch (JsonProcessingException e) {
      throw new CheckpointException(
          "%s is not JSON: %s".formatted(prefix + CheckpointKeys.MANIFEST, e.getOriginalMessage()),
          e);
    }
    if (names.size() > MAX_FILES) {
      throw new CheckpointException(
          "%s names %d files; allowed: %d"
              .formatted(prefix + CheckpointKeys.MANIFEST, names.size(), MAX_FILES));
    }
    for (String name : names) {
      // So that no name leads out of the folder.
      if (!Identifiers.ID.matcher(name).matches()) {
        throw new CheckpointException(
            "%s names a file '%s'; allowed: letters, digits, '.', '_', '-'"
                .formatted(prefix + CheckpointKeys.MANIFEST, name));
      }
    }
    return names;
  }

  private static boolean hasManifest(Path version, String sha256) throws IOException {
    Path manifest = version.resolve(CheckpointKeys.MANIFEST);
    return Files.isRegularFile(manifest) && Sha256.hex(Files.readAllBytes(manifest)).equals(sha256);
  }

  private static void delete(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    List<Path> parts;
    try (Stream<Path> tree = Files.walk(path)) {
      parts = tree.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path part : parts) {
      Files.deleteIfExists(part);
    }
  }
}
