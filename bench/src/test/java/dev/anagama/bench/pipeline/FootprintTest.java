package dev.anagama.bench.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;

class FootprintTest {
  private static final int ARRAYS = 1000;

  @Test
  void now_moreArrays_countsThem() {
    try (NDManager manager = NDManager.newBaseManager()) {
      int before = Footprint.now().nativeArrays();
      for (int i = 0; i < ARRAYS; i++) {
        manager.zeros(new Shape(1));
      }

      Footprint after = Footprint.now();

      // What other tests have left may be collected meanwhile.
      assertThat(after.nativeArrays() - before).isGreaterThan(ARRAYS / 2);
      assertThat(after.heapMb()).isPositive();
      assertThat(after.rssMb()).isGreaterThan(after.heapMb());
      assertThat(after.fileHandles()).isPositive();
      assertThat(after.threads()).isPositive();
    }
  }
}
