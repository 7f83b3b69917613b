package dev.anagama.trainer.training;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that trains is killed; the same command goes on and ends where the unbroken one does.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class TrainingResumeIT {
  private static final int KILLED = 128 + 9;

  @TempDir private Path folder;

  private Process start(Path out, boolean hang) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Dai.djl.offline=true",
            "-Dai.djl.pytorch.num_threads=1",
            "-Dai.djl.pytorch.graph_optimizer=false",
            "-cp",
            System.getProperty("java.class.path"),
            TrainingProcess.class.getName(),
            out.toString());
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    if (hang) {
      builder.environment().put("HANG_AT", "176");
    }
    return builder.start();
  }

  private static List<String> finish(Process process) throws Exception {
    List<String> lines = process.inputReader().lines().toList();
    assertThat(process.waitFor()).as(lines.toString()).isZero();
    return lines;
  }

  @Test
  void sameCommandAfterAKill_endsAsTheUnbrokenRunBitForBit() throws Exception {
    Path unbroken = Files.createDirectory(folder.resolve("unbroken"));
    Path broken = Files.createDirectory(folder.resolve("broken"));
    assertThat(finish(start(unbroken, false)))
        .containsExactly("saved 64", "saved 128", "saved 192");

    Process first = start(broken, true);
    List<String> said = new ArrayList<>();
    try (BufferedReader lines = first.inputReader()) {
      do {
        said.add(requireNonNull(lines.readLine(), () -> "ended after " + said));
      } while (!said.get(said.size() - 1).startsWith("standing"));
      // Three steps have been taken since the state was saved; they are lost.
      first.destroyForcibly();
      assertThat(first.waitFor()).isEqualTo(KILLED);
    }
    assertThat(said).containsExactly("saved 64", "saved 128", "standing at 176");

    assertThat(finish(start(broken, false))).containsExactly("saved 192");
    TrainingLoopTest.assertSameState(unbroken, broken);
    assertThat(broken).isDirectoryContaining("glob:**/training-state.safetensors");
    assertThat(broken).isDirectoryNotContaining("glob:**.new");
  }
}
