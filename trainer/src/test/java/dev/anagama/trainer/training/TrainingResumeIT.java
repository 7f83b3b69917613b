package dev.anagama.trainer.training;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

  private static Process start(Path out) throws IOException {
    return start(out, Map.of());
  }

  private static Process start(Path out, Map<String, String> environment) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(TrainingProcess.command(out));
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    return builder.start();
  }

  /** Lets it train until it stands, and kills it; gives what it has said. */
  private static List<String> killAt(Path out, long images) throws Exception {
    Process process = start(out, Map.of("HANG_AT", Long.toString(images)));
    List<String> said = new ArrayList<>();
    try (BufferedReader lines = process.inputReader()) {
      do {
        said.add(requireNonNull(lines.readLine(), () -> "ended after " + said));
      } while (!said.get(said.size() - 1).startsWith("standing"));
      kill(process);
    }
    return said;
  }

  private static void kill(Process process) throws InterruptedException {
    process.destroyForcibly();
    assertThat(process.waitFor()).isEqualTo(KILLED);
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
    assertThat(finish(start(unbroken))).containsExactly("saved 64", "saved 128", "saved 192");

    // Three steps have been taken since the state was saved; they are lost.
    assertThat(killAt(broken, 176)).containsExactly("saved 64", "saved 128", "standing at 176");

    assertThat(finish(start(broken))).containsExactly("saved 192");
    TrainingLoopTest.assertSameState(unbroken, broken);
    assertThat(broken).isDirectoryContaining("glob:**/training-state.safetensors");
    assertThat(broken).isDirectoryNotContaining("glob:**.new");
  }

  @Test
  void killInTheMiddleOfSaving_keepsTheStateBefore() throws Exception {
    Path unbroken = Files.createDirectory(folder.resolve("unbroken"));
    Path broken = Files.createDirectory(folder.resolve("broken"));
    var unused = finish(start(unbroken));
    assertThat(killAt(broken, 80)).containsExactly("saved 64", "standing at 80");
    // What it writes goes into a pipe that is not emptied, so that it stands within the file.
    Path written = broken.resolve("training-state.safetensors.new");
    assumeThat(new ProcessBuilder("mkfifo", written.toString()).start().waitFor())
        .as("mkfifo makes pipes here")
        .isZero();

    Process process = start(broken);
    byte[] part;
    try (InputStream pipe = Files.newInputStream(written)) {
      part = pipe.readNBytes(1000);
      kill(process);
    }
    // A disk would hold the part.
    Files.delete(written);
    Files.write(written, part);

    assertThat(part).hasSize(1000);
    assertThat(finish(start(broken))).containsExactly("saved 128", "saved 192");
    TrainingLoopTest.assertSameState(unbroken, broken);
    assertThat(broken).isDirectoryNotContaining("glob:**.new");
  }
}
