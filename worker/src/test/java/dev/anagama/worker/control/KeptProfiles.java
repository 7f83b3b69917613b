package dev.anagama.worker.control;

import ai.djl.Device;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.worker.schedule.ForwardProfile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Profiles as a worker on this machine keeps them. */
public final class KeptProfiles {
  private KeptProfiles() {}

  /**
   * Writes one beside a cached checkpoint, for the processor and float32.
   *
   * @return the file
   */
  public static Path write(Path checkpoint, int threads, ForwardProfile.Point... points)
      throws IOException {
    new ProfileFile(
            checkpoint,
            "cpu",
            "float32",
            Machine.here(Device.cpu(), threads),
            Checkpoint.read(checkpoint).weightsSha256())
        .write(new ForwardProfile(1, List.of(points)));
    try (Stream<Path> files = Files.list(checkpoint)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("profile-"))
          .findFirst()
          .orElseThrow();
    }
  }
}
