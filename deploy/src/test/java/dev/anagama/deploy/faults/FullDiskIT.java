package dev.anagama.deploy.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The disk that the objects are on is full, and after a while has room again. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class FullDiskIT {
  private static final int JOBS = 8;
  private static final int BLOCK_BYTES = 4096;

  @Test
  void disk_full_everyJobSucceedsWhenThereIsRoom(@TempDir Path folder) throws Exception {
    Path disk = Files.createDirectories(folder.resolve("disk"));
    int code = run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk.toString());
    assumeThat(code).as("needs to be root and allowed to mount").isZero();
    try (Trial trial = Trial.startOverFolder(folder, disk.resolve("store"), 2)) {
      trial.submitShort("before", JOBS);
      trial.ledger().awaitAll(Trial.LONGEST);

      Path ballast = disk.resolve("ballast");
      fill(ballast);
      trial.submitShort("full", JOBS);
      // Full for long enough that each job was made and could not be stored, more than once.
      Thread.sleep(4_000);
      assertThat(trial.ledger().open()).hasSize(JOBS);
      assertThat(trial.rig().workers()).allMatch(worker -> worker.process().alive());

      Files.delete(ballast);
      trial.requireAllSucceeded();
    } finally {
      assertThat(run("umount", "-l", disk.toString())).isZero();
    }
  }

  /** Writes until there is no room for a block. */
  private static void fill(Path file) throws IOException {
    byte[] block = new byte[BLOCK_BYTES];
    try (var out = Files.newOutputStream(file)) {
      while (true) {
        out.write(block);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space left");
    }
  }

  private static int run(String... command) throws IOException, InterruptedException {
    try {
      return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
    } catch (IOException e) {
      // No such program.
      return -1;
    }
  }
}
