package dev.anagama.diffusion.network;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MatrixProductProbeTest {
  @ParameterizedTest
  @EnumSource(Precision.class)
  void run_inEveryPrecision_takesLongerForLargerMatrices(Precision precision) {
    try (MatrixProductProbe small = MatrixProductProbe.open(Device.cpu(), precision, 32);
        MatrixProductProbe large = MatrixProductProbe.open(Device.cpu(), precision, 384)) {
      assertThat(large.operations()).isEqualTo(2.0 * 8 * 384 * 384 * 384);
      assertThat(bestNanos(large)).isGreaterThan(10 * bestNanos(small));
    }
  }

  private static long bestNanos(MatrixProductProbe probe) {
    long best = Long.MAX_VALUE;
    for (int run = 0; run < 10; run++) {
      long startNanos = System.nanoTime();
      probe.run();
      best = Math.min(best, System.nanoTime() - startNanos);
    }
    return best;
  }
}
