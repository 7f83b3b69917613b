package dev.anagama.diffusion.network;

import ai.djl.Device;
import com.fasterxml.jackson.annotation.JsonValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The arithmetic that the network runs in; inputs and outputs are float32 in any case. */
public enum Precision {
  /** IEEE single precision. */
  FLOAT32("float32", 6, "FloatStorage", Float.BYTES),
  /** The upper half of a float32: its range with 8 bits of significand. */
  BFLOAT16("bfloat16", 15, "BFloat16Storage", Short.BYTES),
  /**
   * IEEE half precision: 11 bits of significand, nothing above 65504. For serving; training would
   * need its losses scaled. A processor gains nothing from it.
   */
  FLOAT16("float16", 5, "HalfStorage", Short.BYTES);

  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  private final String label;
  private final int scalarType;
  private final String storage;
  private final int bytes;

  Precision(String label, int scalarType, String storage, int bytes) {
    this.label = label;
    this.scalarType = scalarType;
    this.storage = storage;
    this.bytes = bytes;
  }

  /** The name that manifests, events and options use. */
  @JsonValue
  public String label() {
    return label;
  }

  /** PyTorch's number of the type, as serialized programs write it. */
  int scalarType() {
    return scalarType;
  }

  /** PyTorch's storage class for the type. */
  String storage() {
    return storage;
  }

  /** Size of one element in bytes. */
  int bytes() {
    return bytes;
  }

  /**
   * The precision to train and serve in when nobody chose one: bfloat16 on a GPU and on processors
   * with instructions for it (AVX-512 or AMX), where it is about twice as fast as float32 or more;
   * otherwise float32. It depends on the machine alone, never on a measurement, so that one machine
   * always makes the same images.
   */
  public static Precision bestOn(Device device) {
    return device.isGpu() || multipliesBfloat16() ? BFLOAT16 : FLOAT32;
  }

  /**
   * Whether oneDNN keeps convolution weights of this type in an order of its own on a device: on
   * processors that it computes the type on natively.
   */
  boolean packsOn(Device device) {
    return !device.isGpu() && (this == FLOAT32 || (this == BFLOAT16 && multipliesBfloat16()));
  }

  private static boolean multipliesBfloat16() {
    if (!Files.isReadable(CPU_INFO)) {
      return false;
    }
    try (Stream<String> lines = Files.lines(CPU_INFO)) {
      return lines
          .filter(line -> line.startsWith("flags"))
          .anyMatch(line -> line.contains(" avx512_bf16") || line.contains(" amx_bf16"));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + CPU_INFO, e);
    }
  }
}
