package dev.anagama.platform.objectstore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.platform.config.Settings;
import dev.anagama.platform.config.StoreConfig;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ObjectStoresTest {
  @Test
  void open_fileUri_isAFileStore(@TempDir Path folder) {
    String uri = folder.resolve("store").toUri().toString();

    try (ObjectStore store = ObjectStores.open(config(Map.of("anagama.store.uri", uri)))) {
      store.put("a", new byte[] {1}, "image/png");

      assertThat(folder.resolve("store/a")).hasBinaryContent(new byte[] {1});
    }
  }

  private static StoreConfig config(Map<String, String> values) {
    return Settings.load(StoreConfig.class, Optional.empty(), values);
  }
}
