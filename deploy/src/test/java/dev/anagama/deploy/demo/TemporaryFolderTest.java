package dev.anagama.deploy.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TemporaryFolderTest {
  @Test
  void close_deletesWhatIsInIt(@TempDir Path elsewhere) throws IOException {
    Path kept = Files.writeString(elsewhere.resolve("kept"), "kept");
    TemporaryFolder folder = TemporaryFolder.create("anagama-test-");
    try (folder) {
      Files.createDirectories(folder.path().resolve("a/b"));
      Files.writeString(folder.path().resolve("a/b/c"), "gone");
      // A link is deleted, not what it leads to.
      Files.createSymbolicLink(folder.path().resolve("link"), elsewhere);
    }
    assertThat(folder.path()).doesNotExist();
    assertThat(kept).exists();
  }
}
