package dev.anagama.diffusion.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class NativeHeapTest {
  private static final Path STATUS = Path.of("/proc/thread-self/stat");
  private static final int BYTES = 2 << 20;
  private static final int PAGE_BYTES = 4096;

  /** The heap settles in some forty. */
  private static final int WARM_UP_ROUNDS = 200;

  private static final int ROUNDS = 50;

  @Test
  void keepFreedMemory_anArrayMadeAgainAndAgain_faultsItsPagesInOnce() throws IOException {
    assumeTrue(Files.isReadable(STATUS), STATUS + " is there on Linux only");
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NativeHeap.keepFreedMemory(manager);
      assertThat(manager.getManagedArrays()).isEmpty();
      touch(manager, WARM_UP_ROUNDS);

      long before = faults();
      touch(manager, ROUNDS);

      assertThat(faults() - before).isLessThan(ROUNDS * (BYTES / PAGE_BYTES) / 20);
    }
  }

  private static void touch(NDManager manager, int rounds) {
    for (int i = 0; i < rounds; i++) {
      manager.ones(new Shape(BYTES / Float.BYTES)).close();
    }
  }

  /** Page faults of this thread that needed no disk: the tenth field, the second is in brackets. */
  private static long faults() throws IOException {
    String status = Files.readString(STATUS);
    return Long.parseLong(status.substring(status.lastIndexOf(')') + 2).split(" ", -1)[7]);
  }
}
