package dev.anagama.platform.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectStoresTest {
  @Test
  void open_fileUri_isAFileStore(@TempDir Path folder) {
    try (ObjectStore store = ObjectStores.open(folder.resolve("store").toUri())) {
      store.put("a", new byte[] {1}, "image/png");

      assertThat(folder.resolve("store/a")).hasBinaryContent(new byte[] {1});
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"s3://bucket/prefix", "http://host/", "/srv/anagama", "file:relative"})
  void open_otherUri_isRefusedByName(String uri) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ObjectStores.open(URI.create(uri)))
        .withMessageContaining(uri)
        .withMessageContaining("allowed: file:///");
  }
}
