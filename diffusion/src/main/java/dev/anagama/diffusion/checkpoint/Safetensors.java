package dev.anagama.diffusion.checkpoint;

import dev.anagama.diffusion.network.Weights;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * The safetensors file format, float32 tensors only: a header ({@link SafetensorsHeader}) that says
 * {@code name -> dtype, shape, data_offsets}, and the tensors' bytes.
 *
 * <p>A file may be larger than memory: it is written tensor by tensor here, and read so by {@link
 * SafetensorsFile}. What is small may be bytes.
 */
public final class Safetensors {
  /** Bytes that are handed over at once. */
  static final int CHUNK_BYTES = 1 << 20;

  private Safetensors() {}

  /**
   * The bytes of a file; {@code metadata} goes into the header as it is.
   *
   * @throws IllegalArgumentException if they are more than {@link Checkpoint#MAX_FILE_BYTES}
   */
  public static byte[] write(Weights weights, Map<String, String> metadata) {
    long size = fileBytes(weights.shapes(), metadata);
    if (size > Checkpoint.MAX_FILE_BYTES) {
      throw new IllegalArgumentException(
          "the weights take %d bytes; allowed: at most %d"
              .formatted(size, Checkpoint.MAX_FILE_BYTES));
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream((int) size);
    try {
      write(out, weights.shapes(), metadata, name -> weights.tensor(name).values());
    } catch (IOException e) {
      throw new UncheckedIOException("memory does not fail", e);
    }
    return out.toByteArray();
  }

  /**
   * Writes a file of any size; no more than one tensor is asked for at a time.
   *
   * @param shapes of the tensors by name, in the order of the file
   * @param metadata goes into the header as it is
   * @param values of a tensor by name, in row-major order
   * @throws IllegalArgumentException if a tensor takes more than 2 GB or has another number of values
   */
  public static void write(
      OutputStream out,
      Map<String, long[]> shapes,
      Map<String, String> metadata,
      Function<String, float[]> values)
      throws IOException {
    out.write(SafetensorsHeader.write(shapes, metadata));
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (Map.Entry<String, long[]> entry : shapes.entrySet()) {
      Weights.Tensor tensor = new Weights.Tensor(entry.getValue(), values.apply(entry.getKey()));
      int count = tensor.values().length;
      for (int start = 0; start < count; start += CHUNK_BYTES / Float.BYTES) {
        int taken = Math.min(CHUNK_BYTES / Float.BYTES, count - start);
        chunk.asFloatBuffer().put(tensor.values(), start, taken);
        out.write(chunk.array(), 0, taken * Float.BYTES);
      }
    }
  }

  /** Bytes of the file that {@link #write} makes of tensors of such shapes. */
  public static long fileBytes(Map<String, long[]> shapes, Map<String, String> metadata) {
    long values = shapes.values().stream().mapToLong(Weights.Tensor::count).sum();
    return SafetensorsHeader.write(shapes, metadata).length + values * Float.BYTES;
  }

  /**
   * Reads all tensors.
   *
   * @param file its name, for messages
   * @throws CheckpointException if the bytes are not whole or hold another element type
   */
  public static Weights read(String file, byte[] bytes) {
    SafetensorsHeader header = header(file, bytes);
    Map<String, Weights.Tensor> tensors = new LinkedHashMap<>();
    header
        .places()
        .forEach(
            (name, place) -> {
              float[] values = new float[(int) (place.end() - place.start()) / Float.BYTES];
              ByteBuffer.wrap(bytes)
                  .order(ByteOrder.LITTLE_ENDIAN)
                  .position(header.bytes() + (int) place.start())
                  .asFloatBuffer()
                  .get(values);
              tensors.put(name, new Weights.Tensor(place.shape(), values));
            });
    return new Weights(tensors);
  }

  /**
   * The metadata of a file, empty if it has none.
   *
   * @param file its name, for messages
   * @throws CheckpointException if the bytes are not whole or hold another element type
   */
  public static Map<String, String> metadata(String file, byte[] bytes) {
    return header(file, bytes).metadata();
  }

  private static SafetensorsHeader header(String file, byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    byte[] text = new byte[SafetensorsHeader.textBytes(file, in, bytes.length)];
    in.position(Long.BYTES).get(text);
    return SafetensorsHeader.read(file, text, bytes.length);
  }
}
