package dev.anagama.bench.engine;

import ai.djl.Device;
import dev.anagama.diffusion.network.MatrixProductProbe;
import dev.anagama.diffusion.network.Precision;
import java.util.ArrayList;
import java.util.List;

/** The most arithmetic that a device does in products of large matrices, over several sizes. */
final class MatrixPeak implements AutoCloseable {
  private static final List<Integer> CPU_SIZES = List.of(512, 1024, 2048);
  private static final List<Integer> GPU_SIZES = List.of(4096, 8192);
  private static final double NANOS = 1e9;

  private final List<MatrixProductProbe> probes = new ArrayList<>();

  MatrixPeak(Device device, Precision precision) {
    for (int size : device.isGpu() ? GPU_SIZES : CPU_SIZES) {
      probes.add(MatrixProductProbe.open(device, precision, size));
    }
  }

  /**
   * Operations a second in the best of all runs.
   *
   * @param seconds for all sizes together; every size runs once at least
   */
  double operationsPerSecond(double seconds) {
    double best = 0;
    for (MatrixProductProbe probe : probes) {
      long startNanos = System.nanoTime();
      long untilNanos = startNanos + Math.round(seconds / probes.size() * NANOS);
      do {
        long runNanos = System.nanoTime();
        probe.run();
        best = Math.max(best, probe.operations() * NANOS / (System.nanoTime() - runNanos));
      } while (System.nanoTime() - untilNanos < 0);
    }
    return best;
  }

  @Override
  public void close() {
    probes.forEach(MatrixProductProbe::close);
  }
}
