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
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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

  /** No fetch takes this long, so an older part belongs to a worker that died. */
  private static final Duration ABANDONED_AFTER = Duration.ofDays(1);

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
    Path ofModel = folder.resolve(model);
    Path wanted = ofModel.resolve(version);
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
    fetch(prefix, ofModel, wanted, manifestSha256);
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
    for (Path version : entries(folder.resolve(model))) {
      if (!isPart(version) && !kept.contains(version.getFileName().toString())) {
        delete(version);
      }
    }
  }

  private void fetch(String prefix, Path ofModel, Path wanted, String manifestSha256)
      throws IOException {
    byte[] manifest = object(prefix + CheckpointKeys.MANIFEST);
    String found = Sha256.hex(manifest);
    if (!found.equals(manifestSha256)) {
      throw new CheckpointException(
          "%s has SHA-256 %s; %s was published"
              .formatted(prefix + CheckpointKeys.MANIFEST, found, manifestSha256));
    }
    Files.createDirectories(ofModel);
    Path part = Files.createTempDirectory(ofModel, PART);
    try {
      deleteAbandoned(ofModel, Files.getLastModifiedTime(part).toInstant());
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

  /**
   * Deletes what workers that died have left of their fetches.
   *
   * @param now by the file system's own clock, as a part that was just made has it
   */
  private static void deleteAbandoned(Path ofModel, Instant now) throws IOException {
    Instant limit = now.minus(ABANDONED_AFTER);
    for (Path other : entries(ofModel)) {
      try {
        if (isPart(other) && Files.getLastModifiedTime(other).toInstant().isBefore(limit)) {
          delete(other);
        }
      } catch (IOException e) {
        // It may be another user's, or gone by now; neither keeps this worker from its checkpoint.
        log.warn("{}, left by a worker that died, was not deleted: {}", other, e.toString());
      }
    }
  }

  private static boolean isPart(Path entry) {
    return entry.getFileName().toString().startsWith(PART);
  }

  private static List<Path> entries(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.toList();
    }
  }

  /** Deletes a folder with all that is in it, as far as others have not done so already. */
  private static void delete(Path path) throws IOException {
    Files.walkFileTree(path, new Deletion());
  }

  /** Workers that share the cache prune it at the same moment, each time a version is published. */
  private static final class Deletion extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.deleteIfExists(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
      if (failure instanceof NoSuchFileException) {
        return FileVisitResult.CONTINUE;
      }
      throw failure;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
        throws IOException {
      if (failure != null && !(failure instanceof NoSuchFileException)) {
        throw failure;
      }
      Files.deleteIfExists(folder);
      return FileVisitResult.CONTINUE;
    }
  }
}
