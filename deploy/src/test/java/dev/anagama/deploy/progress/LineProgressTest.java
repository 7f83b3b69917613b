package dev.anagama.deploy.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LineProgressTest {
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final Progress progress =
      Progress.on(new PrintStream(written, true, StandardCharsets.UTF_8), false);

  @Test
  void at_saysALineForEachTenth() {
    progress.begin("Firing", "pots", 0, 200);
    for (int done = 0; done <= 200; done++) {
      progress.at(done, "fine");
    }
    assertThat(lines()).hasSize(10).allMatch(line -> line.contains("%, fine, "));
    assertThat(lines().get(9)).startsWith("100 %").endsWith("pots a second, 0 s left");
  }

  @Test
  void begin_partlyDone() {
    progress.begin("Firing", "pots", 50, 100);
    progress.at(51, "fine");
    assertThat(lines()).isEmpty();
    progress.at(60, "fine");
    assertThat(lines()).hasSize(1);
  }

  @Test
  void phase_isALine() {
    progress.phase("Lighting the kiln");
    assertThat(lines()).containsExactly("Lighting the kiln");
  }

  private List<String> lines() {
    return written.toString(StandardCharsets.UTF_8).lines().toList();
  }
}
