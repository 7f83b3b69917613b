package dev.anagama.worker.control;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.util.cuda.CudaUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What the time of a forward pass depends on, besides the network.
 *
 * @param processor its name, and that of the GPU's architecture where one computes
 * @param threads processor threads that the network may use
 * @param pytorch version of PyTorch
 */
record Machine(String processor, int threads, String pytorch) {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  /** This machine, as seen by a network on a device. */
  static Machine here(Device device, int threads) {
    String name = processorName();
    if (device.isGpu()) {
      name += ", CUDA " + CudaUtils.getComputeCapability(device.getDeviceId());
    }
    return new Machine(name, threads, Engine.getInstance().getVersion());
  }

  private static String processorName() {
    String name = System.getProperty("os.arch");
    if (!Files.isReadable(CPU_INFO)) {
      return name;
    }
    try (Stream<String> lines = Files.lines(CPU_INFO)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(name);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + CPU_INFO, e);
    }
  }
}
