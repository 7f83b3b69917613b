package dev.anagama.bench.pipeline;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * What this process holds on to.
 *
 * @param heapMb live objects on the Java heap after a full collection, in MB
 * @param rssMb memory that the system has given to the process, in MB
 * @param nativeArrays PyTorch arrays that Java holds
 * @param fileHandles open files and sockets
 * @param threads of Java
 */
record Footprint(double heapMb, double rssMb, int nativeArrays, int fileHandles, int threads) {
  private static final double MB = 1e6;
  private static final double BYTES_PER_KB = 1024;
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path HANDLES = Path.of("/proc/self/fd");
  private static final String ARRAY_CLASS = "ai.djl.pytorch.engine.PtNDArray";

  /** Looks at the process, after a full collection of its heap. */
  static Footprint now() {
    // Counting live objects collects first; so heap and arrays come from one look.
    String histogram = liveObjects();
    return new Footprint(
        total(histogram) / MB,
        residentKb() * BYTES_PER_KB / MB,
        instances(histogram, ARRAY_CLASS),
        openHandles(),
        ManagementFactory.getThreadMXBean().getThreadCount());
  }

  /** Lines of {@code rank: instances bytes class}, and a last one {@code Total instances bytes}. */
  private static String liveObjects() {
    try {
      return (String)
          ManagementFactory.getPlatformMBeanServer()
              .invoke(
                  new ObjectName("com.sun.management:type=DiagnosticCommand"),
                  "gcClassHistogram",
                  new Object[] {new String[0]},
                  new String[] {String[].class.getName()});
    } catch (JMException e) {
      throw new IllegalStateException("this Java does not count its live objects", e);
    }
  }

  static double total(String histogram) {
    return histogram
        .lines()
        .filter(line -> line.startsWith("Total"))
        .mapToDouble(line -> Double.parseDouble(line.split("\\s+")[2]))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("the count of live objects has no total"));
  }

  static int instances(String histogram, String className) {
    return histogram
        .lines()
        .map(line -> line.strip().split("\\s+"))
        .filter(parts -> parts.length >= 4 && parts[3].equals(className))
        .mapToInt(parts -> Integer.parseInt(parts[1]))
        .sum();
  }

  private static double residentKb() {
    try (Stream<String> lines = Files.lines(STATUS)) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToDouble(line -> Double.parseDouble(line.split("\\s+")[1]))
          .findFirst()
          .orElseThrow(() -> new IllegalStateException(STATUS + " has no VmRSS"));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + STATUS, e);
    }
  }

  private static int openHandles() {
    try (Stream<Path> handles = Files.list(HANDLES)) {
      return (int) handles.count();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + HANDLES, e);
    }
  }
}
