package dev.anagama.diffusion.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.network.LaneLayout;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.TorchDenoiser;
import dev.anagama.diffusion.network.UNet;
import dev.anagama.diffusion.network.UNetConfig;
import dev.anagama.diffusion.schedule.LogSnrRange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A worker changes checkpoints while it runs; what it let go must be gone. A process of its own
 * counts, whose Java heap is small and touched from the start, so that only native memory can grow.
 */
class CheckpointMemoryTest {
  private static final Path STATUS = Path.of("/proc/self/statm");
  private static final int PAGE_BYTES = 4096;
  private static final int ROUNDS = 50;

  /** 823,329 parameters: 3.3 MB, so that 50 of them left behind are 165 MB. */
  private static final UNetConfig CONFIG =
      new UNetConfig(1, 1, List.of(32, 128), List.of(1), 2, 0, 1, 128, 10);

  @TempDir private Path folder;

  @Test
  void openAndClose_fiftyTimes_keepsMemoryFlat() throws Exception {
    assumeTrue(Files.isReadable(STATUS), STATUS + " is there on Linux only");
    Checkpoint checkpoint = write();
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms96m",
                "-Xmx96m",
                "-XX:+UseSerialGC",
                "-XX:+AlwaysPreTouch",
                "-Dai.djl.offline=true",
                "-Dai.djl.pytorch.num_threads=1",
                "-Dai.djl.pytorch.graph_optimizer=false",
                "-cp",
                System.getProperty("java.class.path"),
                CheckpointMemoryTest.class.getName(),
                folder.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String[] found =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .strip()
            .split(" ", -1);

    assertThat(process.waitFor()).isZero();
    long weightBytes = checkpoint.weights().parameterCount() * Float.BYTES;
    assertThat(Integer.parseInt(found[0])).as("arrays left behind").isZero();
    // Caches of PyTorch and the virtual machine's own memory may grow a little.
    assertThat(Long.parseLong(found[1])).as("bytes").isLessThan(ROUNDS / 5 * weightBytes);
  }

  /** Prints how many arrays and how many resident bytes 50 rounds have left behind. */
  public static void main(String[] arguments) throws IOException {
    Checkpoint checkpoint = Checkpoint.read(Path.of(arguments[0]));
    NDManager system;
    try (NDManager manager = NDManager.newBaseManager()) {
      system = manager.getParentManager();
    }
    for (int i = 0; i < 10; i++) {
      use(checkpoint);
    }
    int arrays = system.getManagedArrays().size();
    long bytes = residentBytes();
    for (int i = 0; i < ROUNDS; i++) {
      use(checkpoint);
    }
    System.out.println(
        (system.getManagedArrays().size() - arrays) + " " + (residentBytes() - bytes));
  }

  private static void use(Checkpoint checkpoint) {
    try (TorchDenoiser denoiser =
            checkpoint.open(Device.cpu(), Precision.FLOAT32, new LaneLayout(2, 1));
        NDManager scope = NDManager.newBaseManager()) {
      float[] eps =
          denoiser
              .predictNoise(
                  scope.ones(new Shape(2, 1, 4, 4)),
                  scope.create(new float[] {0, 1}),
                  scope.create(new long[] {10, 3}))
              .toFloatArray();
      assertThat(eps).hasSize(32);
    }
  }

  private static long residentBytes() throws IOException {
    return Long.parseLong(Files.readString(STATUS).split(" ")[1]) * PAGE_BYTES;
  }

  private Checkpoint write() throws IOException {
    List<String> names = List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
    return Checkpoint.write(
        folder,
        new CheckpointManifest(
            1,
            "large",
            "1",
            new NetworkSource.UNet(CONFIG),
            "eps",
            LogSnrRange.DEFAULT,
            new ImageShape(1, 4, 4),
            names,
            10,
            new SamplingDefaults(1, 1, "ddim"),
            new TrainingRecord("", 0, 0, 1, 1, 1, Precision.FLOAT32, 0, 0),
            new TreeMap<>(),
            new TreeMap<>()),
        UNet.initialWeights(CONFIG, 1));
  }
}
