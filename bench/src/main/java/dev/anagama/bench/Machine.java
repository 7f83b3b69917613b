package dev.anagama.bench;

import ai.djl.Device;
import ai.djl.engine.Engine;
import dev.anagama.diffusion.network.Precision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/** What a benchmark says of the machine that it ran on. */
public final class Machine {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  private Machine() {}

  /** Processor, cores, device and versions, by name. */
  public static Map<String, String> describe(Device device) {
    Map<String, String> machine = new LinkedHashMap<>();
    machine.put("processor", processor());
    machine.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
    machine.put("device", device.toString());
    machine.put("java", System.getProperty("java.version", "unknown"));
    machine.put("pytorch", Engine.getEngine("PyTorch").getVersion());
    machine.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    return machine;
  }

  /** The same, and the arithmetic of the networks. */
  public static Map<String, String> describe(Device device, Precision precision) {
    Map<String, String> machine = describe(device);
    machine.put("precision", precision.label());
    return machine;
  }

  private static String processor() {
    if (!Files.isReadable(CPU_INFO)) {
      return "unknown";
    }
    try (Stream<String> lines = Files.lines(CPU_INFO)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + CPU_INFO, e);
    }
  }
}
