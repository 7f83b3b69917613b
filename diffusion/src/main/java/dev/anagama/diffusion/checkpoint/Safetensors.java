package dev.anagama.diffusion.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.anagama.diffusion.network.Weights;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The safetensors file format, float32 tensors only: eight bytes with the length of the header
 * (little-endian), the header in JSON ({@code name -> dtype, shape, data_offsets}), the tensors'
 * bytes. The header ends in spaces so that the tensors begin at a multiple of eight, as the
 * format's own writer has it: readers map the file and want aligned numbers.
 */
public final class Safetensors {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();
  private static final int MAX_HEADER_BYTES = 16 * 1024 * 1024;
  private static final String METADATA = "__metadata__";

  private Safetensors() {}

  /**
   * The file's bytes; {@code metadata} goes into the header as it is.
   *
   * @throws IllegalArgumentException if they are more than {@link Checkpoint#MAX_FILE_BYTES}
   */
  public static byte[] write(Weights weights, Map<String, String> metadata) {
    ObjectNode header = JSON.createObjectNode();
    if (!metadata.isEmpty()) {
      metadata.forEach(header.putObject(METADATA)::put);
    }
    long offset = 0;
    for (Map.Entry<String, Weights.Tensor> entry : weights.tensors().entrySet()) {
      ObjectNode tensor = header.putObject(entry.getKey()).put("dtype", "F32");
      ArrayNode shape = tensor.putArray("shape");
      for (long size : entry.getValue().shape()) {
        shape.add(size);
      }
      long end = offset + (long) entry.getValue().values().length * Float.BYTES;
      tensor.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    byte[] text = aligned(header.toString()).getBytes(StandardCharsets.UTF_8);
    long size = Long.BYTES + text.length + offset;
    if (size > Checkpoint.MAX_FILE_BYTES) {
      throw new IllegalArgumentException(
          "the weights take %d bytes; allowed: at most %d"
              .formatted(size, Checkpoint.MAX_FILE_BYTES));
    }
    ByteBuffer out = ByteBuffer.allocate((int) size).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(text.length).put(text);
    for (Weights.Tensor tensor : weights.tensors().values()) {
      out.asFloatBuffer().put(tensor.values());
      out.position(out.position() + tensor.values().length * Float.BYTES);
    }
    return out.array();
  }

  /**
   * Reads all tensors.
   *
   * @param file its name, for messages
   * @throws CheckpointException if the bytes are not whole or hold another element type
   */
  public static Weights read(String file, byte[] bytes) {
    ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    JsonNode header = header(file, data);
    Map<String, Weights.Tensor> tensors = new LinkedHashMap<>();
    List<Entry> entries = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : header.properties()) {
      if (!entry.getKey().equals(METADATA)) {
        Entry found = Entry.of(file, entry.getKey(), entry.getValue(), data.remaining());
        tensors.put(entry.getKey(), new Weights.Tensor(found.shape(), found.values(data)));
        entries.add(found);
      }
    }
    requireFilled(file, entries, data.remaining());
    return new Weights(tensors);
  }

  /**
   * The metadata of a file, empty if it has none.
   *
   * @param file its name, for messages
   * @throws CheckpointException if the bytes have no whole header
   */
  public static Map<String, String> metadata(String file, byte[] bytes) {
    JsonNode header = header(file, ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    Map<String, String> metadata = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : header.path(METADATA).properties()) {
      metadata.put(entry.getKey(), entry.getValue().asText());
    }
    return metadata;
  }

  private static String aligned(String header) {
    int bytes = header.getBytes(StandardCharsets.UTF_8).length;
    return header + " ".repeat(-bytes & (Long.BYTES - 1));
  }

  /** Reads the header and leaves {@code in} at the tensors' bytes. */
  private static JsonNode header(String file, ByteBuffer in) {
    int fileBytes = in.remaining();
    long headerBytes = fileBytes < Long.BYTES ? -1 : in.getLong();
    if (headerBytes < 2 || headerBytes > MAX_HEADER_BYTES || headerBytes > in.remaining()) {
      throw new CheckpointException(
          "%s has %d bytes and is not a whole safetensors file".formatted(file, fileBytes));
    }
    byte[] text = new byte[(int) headerBytes];
    in.get(text);
    try {
      JsonNode header = JSON.readTree(new String(text, StandardCharsets.UTF_8));
      if (!header.isObject()) {
        throw new CheckpointException(file + " has a header that is not a JSON object");
      }
      return header;
    } catch (JsonProcessingException e) {
      throw new CheckpointException(
          "%s has a header that is not JSON: %s".formatted(file, e.getOriginalMessage()), e);
    }
  }

  /** Every byte belongs to one tensor, as the format demands. */
  private static void requireFilled(String file, List<Entry> entries, long dataBytes) {
    entries.sort(Comparator.comparingLong(Entry::start).thenComparingLong(Entry::end));
    long filled = 0;
    for (Entry entry : entries) {
      if (entry.start() != filled) {
        throw new CheckpointException(
            "%s has a tensor at byte %d where %d should follow; allowed: no holes, no overlaps"
                .formatted(file, entry.start(), filled));
      }
      filled = entry.end();
    }
    if (filled != dataBytes) {
      throw new CheckpointException(
          "%s has %d bytes of tensors; its header names %d".formatted(file, dataBytes, filled));
    }
  }

  /** What the header says of a tensor: float32 values from {@code start} to {@code end}. */
  private record Entry(long[] shape, long start, long end) {

    static Entry of(String file, String name, JsonNode entry, long dataBytes) {
      long start = integer(entry.path("data_offsets").path(0));
      long end = integer(entry.path("data_offsets").path(1));
      long[] shape = new long[entry.path("shape").size()];
      for (int i = 0; i < shape.length; i++) {
        shape[i] = integer(entry.path("shape").path(i));
      }
      boolean inFile = start >= 0 && start <= end && end <= dataBytes;
      if (!entry.path("dtype").asText().equals("F32")
          || !entry.path("shape").isArray()
          || !inFile
          || end - start != bytes(shape)) {
        throw new CheckpointException(
            "%s holds tensor %s as %s; allowed: F32 with offsets that fit its shape and %d bytes"
                .formatted(file, name, entry, dataBytes));
      }
      return new Entry(shape, start, end);
    }

    float[] values(ByteBuffer data) {
      float[] values = new float[(int) (end - start) / Float.BYTES];
      data.slice(data.position() + (int) start, (int) (end - start))
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer()
          .get(values);
      return values;
    }

    private static long integer(JsonNode number) {
      return number.isIntegralNumber() && number.canConvertToLong() ? number.longValue() : -1;
    }

    /** Bytes of a tensor, or -1 if a size is negative or they are more than a file may have. */
    private static long bytes(long[] shape) {
      long bytes = Float.BYTES;
      for (long size : shape) {
        if (size < 0 || size > Checkpoint.MAX_FILE_BYTES) {
          return -1;
        }
        // Both factors are below 2^31.
        bytes *= size;
        if (bytes > Checkpoint.MAX_FILE_BYTES) {
          return -1;
        }
      }
      return bytes;
    }
  }
}
