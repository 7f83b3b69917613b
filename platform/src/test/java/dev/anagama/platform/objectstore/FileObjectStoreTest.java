package dev.anagama.platform.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileObjectStoreTest extends ObjectStoreContract {
  private final Path folder;

  FileObjectStoreTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Override
  ObjectStore open() {
    return new FileObjectStore(folder.resolve("made/on/demand"));
  }

  @Test
  void uri_key_isTheFile() {
    StoredObject stored = fileStore().put("a/b.png", new byte[] {1}, "image/png");

    assertThat(stored.uri()).isEqualTo(folder.resolve("a/b.png").toUri()).hasScheme("file");
    assertThat(folder.resolve("a/b.png")).hasBinaryContent(new byte[] {1});
  }

  @Test
  void open_sameFolderAgain_hasTheObjects() {
    fileStore().put("a/b.png", new byte[] {1}, "image/png");

    assertThat(fileStore().get("a/b.png")).hasValue(new byte[] {1});
  }

  @Test
  void head_contentType_comesFromTheExtension() {
    FileObjectStore store = fileStore();
    Map<String, String> expected =
        Map.of(
            "a/0.png", "image/png",
            "a/manifest.json", "application/json",
            "a/notes.TXT", "text/plain",
            "a/weights.safetensors", "application/octet-stream",
            "a/png", "application/octet-stream");
    expected.forEach((key, contentType) -> store.put(key, new byte[] {1}, contentType));

    assertThat(expected)
        .allSatisfy(
            (key, contentType) ->
                assertThat(store.head(key).orElseThrow().contentType()).isEqualTo(contentType));
  }

  @Test
  void writes_wonAndLost_leaveNoTemporaryFile() {
    FileObjectStore store = fileStore();
    store.put("a", new byte[] {1}, "image/png");
    store.putIfAbsent("a", new byte[] {2}, "image/png");
    store.putIfAbsent("b", new byte[] {2}, "image/png");
    assertThatExceptionOfType(ObjectStoreException.class)
        .isThrownBy(() -> store.put("a/b", new byte[] {3}, "image/png"));

    assertThat(folder.resolve(".tmp")).isEmptyDirectory();
  }

  @Test
  void open_filesOfDeadWriters_areClearedAndOthersKept() throws IOException {
    fileStore();
    Path old = Files.write(folder.resolve(".tmp/old.part"), new byte[] {1});
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
    Path fresh = Files.write(folder.resolve(".tmp/fresh.part"), new byte[] {1});

    fileStore();

    assertThat(old).doesNotExist();
    assertThat(fresh).exists();
  }

  @Test
  void delete_lastObjectOfAFolder_takesTheFolder() {
    FileObjectStore store = fileStore();
    store.put("a/b/c/0.png", new byte[] {1}, "image/png");
    store.put("a/1.png", new byte[] {1}, "image/png");

    store.delete("a/b/c/0.png");

    assertThat(folder.resolve("a/b")).doesNotExist();
    assertThat(folder.resolve("a/1.png")).exists();
  }

  @Test
  void list_filesThatAreNoObjects_areLeftOut() throws IOException {
    FileObjectStore store = fileStore();
    store.put("a/0.png", new byte[] {1}, "image/png");
    Files.write(folder.resolve("a/not a key"), new byte[] {1});
    Files.write(folder.resolve("a/.hidden"), new byte[] {1});

    assertThat(store.list("a", Optional.empty(), 10).objects())
        .extracting(ListedObject::key)
        .containsExactly("a/0.png");
  }

  @Test
  void presignedGet_files_haveNoLinks() {
    assertThat(fileStore().presignedGet("a", Duration.ofMinutes(1))).isEmpty();
  }

  @Test
  void put_belowAnObject_failsNamingTheKey() {
    FileObjectStore store = fileStore();
    store.put("a", new byte[] {1}, "image/png");

    assertThatExceptionOfType(ObjectStoreException.class)
        .isThrownBy(() -> store.put("a/b", new byte[] {1}, "image/png"))
        .withMessageContaining("'a/b'");
    assertThatExceptionOfType(ObjectStoreException.class)
        .isThrownBy(() -> store.putIfAbsent("a/b", new byte[] {1}, "image/png"))
        .withMessageContaining("'a/b'");
  }

  @Test
  void put_overAFolder_failsNamingTheKey() {
    FileObjectStore store = fileStore();
    store.put("a/b", new byte[] {1}, "image/png");

    assertThatExceptionOfType(ObjectStoreException.class)
        .isThrownBy(() -> store.put("a", new byte[] {1}, "image/png"))
        .withMessageContaining("'a'");
    assertThat(store.get("a/b")).hasValue(new byte[] {1});
  }

  @Test
  void get_overTheSizeLimit_failsNamingTheKey() throws IOException {
    FileObjectStore store = fileStore();
    // Sparse: it takes no room on the disk.
    try (RandomAccessFile file = new RandomAccessFile(folder.resolve("big").toFile(), "rw")) {
      file.setLength(ObjectStore.MAX_OBJECT_BYTES + 1);
    }

    assertThatExceptionOfType(ObjectStoreException.class)
        .isThrownBy(() -> store.get("big"))
        .withMessageContaining("'big'")
        .withMessageContaining("1073741824");
  }

  @Test
  void open_rootIsAFile_failsNamingIt() throws IOException {
    Path file = Files.write(folder.resolve("file"), new byte[] {1});

    assertThatExceptionOfType(ObjectStoreException.class)
        .isThrownBy(() -> new FileObjectStore(file))
        .withMessageContaining(file.toString());
  }

  private FileObjectStore fileStore() {
    return new FileObjectStore(folder);
  }
}
