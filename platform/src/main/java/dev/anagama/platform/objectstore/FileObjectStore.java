package dev.anagama.platform.objectstore;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/**
 * Objects as files under a folder, the key being the path.
 *
 * <p>An object is first written whole to {@code .tmp/}, flushed to the device, and then given its
 * name in one step: by rename to replace, by hard link to create. The folder that holds the name is
 * flushed too, so neither a killed process nor a power cut leaves a half object or loses one that
 * {@code put} returned for. The file system must have atomic renames and hard links.
 */
public final class FileObjectStore implements ObjectStore {
  private static final String TEMPORARY = ".tmp";

  // No write takes this long, so an older temporary file belongs to a process that died.
  private static final Duration ABANDONED_AFTER = Duration.ofHours(1);

  /** How often the folder of a new object may vanish before that is a failure. */
  private static final int MAX_NAMINGS = 10;

  private static final int BUFFER_BYTES = 64 * 1024;

  private final Path root;
  private final Path temporary;

  /**
   * Opens the store in {@code root}, which is made if it is not there, and clears away what writers
   * that died left behind.
   *
   * @throws ObjectStoreException if the folder can not be made or written
   */
  public FileObjectStore(Path root) {
    this.root = root.toAbsolutePath().normalize();
    this.temporary = this.root.resolve(TEMPORARY);
    try {
      createFolders(temporary);
      clearAbandoned();
    } catch (IOException e) {
      throw new ObjectStoreException(
          "object store folder '%s' can not be used: %s".formatted(root, e), e);
    }
  }

  @Override
  public StoredObject put(String key, byte[] bytes, String contentType) {
    Path target = path(key);
    ObjectSizes.requireObject(key, bytes.length);
    try {
      Path written = write(bytes);
      try {
        inItsFolder(
            target,
            () -> {
              Files.move(written, target, StandardCopyOption.ATOMIC_MOVE);
              return true;
            });
      } finally {
        Files.deleteIfExists(written);
      }
    } catch (IOException e) {
      throw failed("written", key, e);
    }
    return new StoredObject(key, target.toUri(), bytes.length, Sha256.hex(bytes), contentType);
  }

  @Override
  public boolean putIfAbsent(String key, byte[] bytes, String contentType) {
    Path target = path(key);
    ObjectSizes.requireObject(key, bytes.length);
    try {
      if (Files.exists(target)) {
        // The winner may not have come to it yet, and "it is there" must hold after a power cut.
        flushIfThere(parent(target));
        return false;
      }
      Path written = write(bytes);
      try {
        return inItsFolder(target, () -> link(written, target));
      } finally {
        Files.deleteIfExists(written);
      }
    } catch (IOException e) {
      throw failed("written", key, e);
    }
  }

  @Override
  public Optional<byte[]> get(String key) {
    Path source = path(key);
    if (Files.isDirectory(source)) {
      return Optional.empty();
    }
    try (FileChannel channel = FileChannel.open(source, StandardOpenOption.READ)) {
      long size = channel.size();
      ObjectSizes.requireObject(key, size);
      ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(size));
      while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
        // Reads on until the buffer is full; objects never change length in place.
      }
      if (buffer.hasRemaining()) {
        throw new ObjectStoreException(
            "object '%s' could not be read: %d of %d bytes are missing"
                .formatted(key, buffer.remaining(), size));
      }
      return Optional.of(buffer.array());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw failed("read", key, e);
    }
  }

  @Override
  public Optional<StoredObject> head(String key) {
    Path source = path(key);
    if (Files.isDirectory(source)) {
      return Optional.empty();
    }
    try (InputStream in = Files.newInputStream(source)) {
      Sha256 digest = new Sha256();
      byte[] buffer = new byte[BUFFER_BYTES];
      long size = 0;
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, read);
        size += read;
      }
      return Optional.of(
          new StoredObject(key, source.toUri(), size, digest.hex(), contentType(key)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw failed("read", key, e);
    }
  }

  @Override
  public boolean delete(String key) {
    Path target = path(key);
    if (!Files.isRegularFile(target)) {
      return false;
    }
    try {
      boolean deleted = Files.deleteIfExists(target);
      flushIfThere(parent(target));
      deleteIfEmpty(parent(target));
      return deleted;
    } catch (IOException e) {
      throw failed("deleted", key, e);
    }
  }

  @Override
  public ObjectPage list(String folder, Optional<String> after, int limit) {
    Path path = path(folder);
    ObjectSizes.requirePage(limit);
    try {
      return FileListing.of(path, folder, after, limit);
    } catch (IOException e) {
      throw failed("listed", folder, e);
    }
  }

  /** Files have no links of their own. */
  @Override
  public Optional<URI> presignedGet(String key, Duration validFor) {
    ObjectKeys.require(key);
    return Optional.empty();
  }

  @Override
  public URI uri(String key) {
    return path(key).toUri();
  }

  @Override
  public void close() {
    // Files are opened and closed within each call; there is nothing to give back.
  }

  private Path path(String key) {
    return root.resolve(ObjectKeys.require(key));
  }

  /** Writes a temporary file and flushes it; the caller gives it its name or deletes it. */
  private Path write(byte[] bytes) throws IOException {
    Path file = temporary.resolve(UUID.randomUUID() + ".part");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    } catch (IOException e) {
      Files.deleteIfExists(file);
      throw e;
    }
    return file;
  }

  private static boolean link(Path written, Path target) throws IOException {
    try {
      Files.createLink(target, written);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }

  /** What gives a file its name. */
  private interface Naming {
    boolean name() throws IOException;
  }

  /**
   * Names a file in its folder and makes that durable. A folder that was just seen may be gone,
   * because the last object in it was deleted; then it is made again.
   */
  private static boolean inItsFolder(Path target, Naming naming) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        createFolders(parent(target));
        boolean named = naming.name();
        flushIfThere(parent(target));
        return named;
      } catch (NoSuchFileException e) {
        if (attempt == MAX_NAMINGS) {
          throw e;
        }
      }
    }
  }

  /** Makes a folder and those above it, each durable in the one above. */
  private static void createFolders(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    Path above = folder.getParent();
    if (above != null) {
      createFolders(above);
    }
    try {
      Files.createDirectory(folder);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(folder)) {
        throw e;
      }
    }
    if (above != null) {
      flushFolder(above);
    }
  }

  private static void flushFolder(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** A folder that is gone held nothing any more, and there is nothing to keep. */
  private static void flushIfThere(Path folder) throws IOException {
    try {
      flushFolder(folder);
    } catch (NoSuchFileException e) {
      // Another call deleted what was in it since, and then the folder.
    }
  }

  /** Ages are taken against a file made now, so that only the file system's own clock counts. */
  private void clearAbandoned() throws IOException {
    Path probe = write(new byte[0]);
    FileTime now = Files.getLastModifiedTime(probe);
    Files.delete(probe);
    FileTime limit = FileTime.from(now.toInstant().minus(ABANDONED_AFTER));
    try (DirectoryStream<Path> files = Files.newDirectoryStream(temporary)) {
      for (Path file : files) {
        deleteIfOlder(file, limit);
      }
    }
  }

  private static void deleteIfOlder(Path file, FileTime limit) throws IOException {
    try {
      if (Files.readAttributes(file, BasicFileAttributes.class).lastModifiedTime().compareTo(limit)
          < 0) {
        Files.deleteIfExists(file);
      }
    } catch (NoSuchFileException e) {
      // Its writer was alive and has given it its name; that is the end we wanted.
    }
  }

  /** Deletes a folder that holds nothing any more, and those above it that then hold nothing. */
  private void deleteIfEmpty(Path folder) throws IOException {
    for (Path empty = folder; !empty.equals(root); empty = parent(empty)) {
      try {
        Files.deleteIfExists(empty);
      } catch (DirectoryNotEmptyException e) {
        return;
      }
    }
  }

  private static Path parent(Path target) {
    Path parent = target.getParent();
    if (parent == null) {
      throw new IllegalStateException("an object has no folder: " + target);
    }
    return parent;
  }

  private static String contentType(String key) {
    String extension = key.substring(key.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return switch (extension) {
      case "png" -> "image/png";
      case "json" -> "application/json";
      case "txt" -> "text/plain";
      default -> "application/octet-stream";
    };
  }

  private static ObjectStoreException failed(String verb, String key, IOException cause) {
    return new ObjectStoreException(
        "object '%s' could not be %s: %s".formatted(key, verb, cause), cause);
  }
}
