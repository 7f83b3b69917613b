package dev.anagama.worker.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.CheckpointException;
import dev.anagama.platform.objectstore.FileObjectStore;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.worker.TinyCheckpoint;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointCacheTest {
  @TempDir Path folder;
  private ObjectStore store;
  private CheckpointCache cache;

  @BeforeEach
  void open() {
    store = new FileObjectStore(folder.resolve("store"));
    cache = new CheckpointCache(folder.resolve("cache"), store);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void checkpoint_isFetchedOnceAndReadAgain() throws Exception {
    String sha256 = publish("1");
    Checkpoint fetched = cache.get("m", "1", sha256);
    assertThat(fetched.manifest().version()).isEqualTo("1");
    assertThat(store.delete("checkpoints/m/1/weights.safetensors")).isTrue();

    assertThat(cache.get("m", "1", sha256).weightsSha256()).isEqualTo(fetched.weightsSha256());
    assertThat(names(folder.resolve("cache/m"))).containsExactly("1");
  }

  @Test
  void damagedFolder_isFetchedAgain() throws Exception {
    String sha256 = publish("1");
    Path cached = cache.get("m", "1", sha256).folder();

    Files.write(cached.resolve("weights.safetensors"), new byte[] {1});
    assertThat(cache.get("m", "1", sha256).weights().parameterCount()).isPositive();
    Files.writeString(cached.resolve("manifest.json"), "{}");
    assertThat(cache.get("m", "1", sha256).weights().parameterCount()).isPositive();
    Files.delete(cached.resolve("manifest.json"));
    assertThat(cache.get("m", "1", sha256).weights().parameterCount()).isPositive();
  }

  @Test
  void whatWasNotPublished_isRefusedAndNotKept() throws Exception {
    String sha256 = publish("1");
    assertRefused("1", "0".repeat(64), sha256);
    assertRefused("2", sha256, "there is no object checkpoints/m/2/manifest.json");

    store.put("checkpoints/m/1/weights.safetensors", new byte[] {1}, "application/octet-stream");
    assertRefused("1", sha256, "SHA-256");
    assertThat(names(folder.resolve("cache/m"))).isEmpty();
  }

  @Test
  void fileNameThatLeadsElsewhere_isRefused() {
    String sha256 = manifest("{\"files\": {\"../../evil\": \"00\"}}");
    assertRefused("1", sha256, "'../../evil'");
    assertRefused("1", manifest("no json"), "is not JSON");
  }

  @Test
  void prune_keepsWhatItIsTold() throws Exception {
    for (String version : new String[] {"1", "2", "3"}) {
      cache.get("m", version, publish(version));
    }

    cache.prune("m", Set.of("2", "3"));

    assertThat(names(folder.resolve("cache/m"))).containsExactly("2", "3");
  }

  @Test
  void prune_byTwoWorkersAtOnce_failsForNeither() throws Exception {
    for (int version = 0; version < 200; version++) {
      Path old = Files.createDirectories(folder.resolve("cache/m/old-" + version));
      for (int file = 0; file < 3; file++) {
        Files.createFile(old.resolve(file + ".bin"));
      }
    }
    Callable<Void> pruning =
        () -> {
          new CheckpointCache(folder.resolve("cache"), store).prune("m", Set.of());
          return null;
        };

    ExecutorService workers = Executors.newFixedThreadPool(2);
    try {
      for (Future<Void> pruned : workers.invokeAll(List.of(pruning, pruning))) {
        pruned.get();
      }
    } finally {
      workers.shutdownNow();
    }

    assertThat(names(folder.resolve("cache/m"))).isEmpty();
  }

  @Test
  void partOfWorkerThatDied_isDeletedByTheNextFetch() throws Exception {
    Path left = Files.createDirectories(folder.resolve("cache/m/.part-left"));
    Files.createFile(left.resolve("weights.safetensors"));
    Files.setLastModifiedTime(left, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
    Files.createDirectories(folder.resolve("cache/m/.part-of-a-living-one"));

    cache.get("m", "1", publish("1"));

    assertThat(names(folder.resolve("cache/m"))).containsExactly(".part-of-a-living-one", "1");
  }

  private void assertRefused(String version, String sha256, String message) {
    assertThatThrownBy(() -> cache.get("m", version, sha256))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(message);
  }

  private String publish(String version) throws Exception {
    Path made = folder.resolve("made");
    TinyCheckpoint.write(made, "m", version, 5);
    String prefix = "checkpoints/m/" + version + "/";
    byte[] weights = Files.readAllBytes(made.resolve("weights.safetensors"));
    store.put(prefix + "weights.safetensors", weights, "application/octet-stream");
    byte[] manifest = Files.readAllBytes(made.resolve("manifest.json"));
    store.put(prefix + "manifest.json", manifest, "application/json");
    return sha256(manifest);
  }

  private String manifest(String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    store.put("checkpoints/m/1/manifest.json", bytes, "application/json");
    return sha256(bytes);
  }

  private static Stream<String> names(Path folder) throws Exception {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList().stream();
    }
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
