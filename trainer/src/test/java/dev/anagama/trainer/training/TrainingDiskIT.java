package dev.anagama.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.Device;
import dev.anagama.trainer.data.IdxSamples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** There is room for one training state and not for two, so the second can not be saved. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class TrainingDiskIT {
  private static final String STATE = "training-state.safetensors";

  @TempDir private Path folder;

  /**
   * Trains to the first saving here, and then on in a process that is started by {@code shell},
   * which fails at the second.
   */
  private static void assertStopsAndKeeps(Path out, List<String> shell, String reason)
      throws Exception {
    byte[] before = Files.readAllBytes(out.resolve(STATE));
    List<String> command = new ArrayList<>(shell);
    command.addAll(TrainingProcess.command(out));

    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    List<String> said = process.inputReader().lines().toList();

    assertThat(process.waitFor()).as("%s", said).isEqualTo(1);
    assertThat(String.join("\n", said))
        .doesNotContain("saved")
        .containsPattern(
            "cannot save the training state in "
                + out
                + ", which needs [1-9][0-9,]+ bytes beside the earlier state \\([0-9,]+ are free\\)."
                + " That state is kept: make room and give the same command again")
        .contains(reason);
    assertThat(Files.readAllBytes(out.resolve(STATE))).isEqualTo(before);
    assertThat(out).isDirectoryNotContaining("glob:**.new");
  }

  private static void trainToFirstState(Path out) throws IOException {
    try (TrainingLoop loop =
        new TrainingLoop(
            TinyTraining.options(64),
            IdxSamples.halves(200, 1),
            out,
            Device.cpu(),
            Clock.systemUTC())) {
      loop.run(
          new TrainingListener() {
            @Override
            public void stepDone(long imagesSeen, long images, double loss) {}

            @Override
            public void saved(long imagesSeen) {}
          });
    }
  }

  private static boolean succeeds(String... command) throws Exception {
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      // There is no such program.
      return false;
    }
  }

  @Test
  void save_onAFullDisk_stopsTheRunAndKeepsTheStateBefore() throws Exception {
    trainToFirstState(folder);
    long size = Files.size(folder.resolve(STATE));
    Path disk = Files.createDirectory(folder.resolve("disk"));
    assumeThat(
            succeeds(
                "mount", "-t", "tmpfs", "-o", "size=" + size * 3 / 2, "tmpfs", disk.toString()))
        .as("a small file system can be mounted here")
        .isTrue();
    try {
      Files.copy(folder.resolve(STATE), disk.resolve(STATE));
      assertStopsAndKeeps(disk, List.of(), "No space left on device");
    } finally {
      assertThat(succeeds("umount", disk.toString())).isTrue();
    }
  }

  @Test
  void save_beyondALimitOfFiles_stopsTheRunAndKeepsTheStateBefore() throws Exception {
    assumeThat(succeeds("bash", "-c", "ulimit -f 100")).as("bash limits files here").isTrue();
    trainToFirstState(folder);
    // In KiB; what PyTorch loads the network from is a quarter of a state.
    long limit = Files.size(folder.resolve(STATE)) * 3 / 4 / 1024;

    assertStopsAndKeeps(
        folder,
        List.of("bash", "-c", "ulimit -f " + limit + " && exec \"$@\"", "bash"),
        "File too large");
  }
}
