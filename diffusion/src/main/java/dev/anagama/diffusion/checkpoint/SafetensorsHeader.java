package dev.anagama.diffusion.checkpoint;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a safetensors file says of itself before its tensors: eight bytes with the length of a text
 * (little-endian), and the text in JSON. It ends in spaces so that the tensors begin at a multiple
 * of eight, as the format's own writer has it: readers map the file and want aligned numbers.
 *
 * @param metadata what the writer added, empty if nothing
 * @param places where each tensor lies, by name, in the order of the header
 * @param bytes of header and length together; the tensors follow
 */
record SafetensorsHeader(Map<String, String> metadata, Map<String, Place> places, int bytes) {
  /** Longest text that is read, in bytes. */
  static final int MAX_TEXT_BYTES = 16 * 1024 * 1024;

  /** Largest tensor, in bytes: more does not go into one array in PyTorch's or Java's memory. */
  static final long MAX_TENSOR_BYTES = 2_000_000_000L;

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();
  private static final String METADATA = "__metadata__";

  /**
   * The float32 values of one tensor.
   *
   * @param shape sizes of the dimensions, outermost first
   * @param start first byte, counted from the end of the header
   * @param end byte after the last
   */
  record Place(long[] shape, long start, long end) {}

  /** The text of a header, with its length, for tensors that follow each other. */
  static byte[] write(Map<String, long[]> shapes, Map<String, String> metadata) {
    ObjectNode header = JSON.createObjectNode();
    if (!metadata.isEmpty()) {
      metadata.forEach(header.putObject(METADATA)::put);
    }
    long offset = 0;
    for (Map.Entry<String, long[]> entry : shapes.entrySet()) {
      ObjectNode tensor = header.putObject(entry.getKey()).put("dtype", "F32");
      ArrayNode shape = tensor.putArray("shape");
      for (long size : entry.getValue()) {
        shape.add(size);
      }
      long bytes = bytes(entry.getValue());
      if (bytes < 0) {
        throw new IllegalArgumentException(
            "tensor %s has shape %s; allowed: at most %d bytes"
                .formatted(entry.getKey(), shape, MAX_TENSOR_BYTES));
      }
      tensor.putArray("data_offsets").add(offset).add(offset + bytes);
      offset += bytes;
    }
    byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
    int padding = -text.length & (Long.BYTES - 1);
    return ByteBuffer.allocate(Long.BYTES + text.length + padding)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.length + padding)
        .put(text)
        .put(" ".repeat(padding).getBytes(StandardCharsets.UTF_8))
        .array();
  }

  /**
   * Bytes of the text, of which a file's first eight tell.
   *
   * @param file its name, for messages
   * @param start the file's first bytes, at least eight if it has so many
   * @throws CheckpointException if the file can not hold such a text
   */
  static int textBytes(String file, ByteBuffer start, long fileBytes) {
    long stated =
        fileBytes < Long.BYTES
            ? -1
            : start.order(ByteOrder.LITTLE_ENDIAN).getLong(start.position());
    if (stated < 2 || stated > MAX_TEXT_BYTES || stated > fileBytes - Long.BYTES) {
      throw new CheckpointException(
          "%s has %d bytes and is not a whole safetensors file".formatted(file, fileBytes));
    }
    return (int) stated;
  }

  /**
   * Reads a header's text.
   *
   * @param file its name, for messages
   * @throws CheckpointException if the text is not a header, or not that of a file of so many bytes
   *     in which every byte belongs to one float32 tensor
   */
  static SafetensorsHeader read(String file, byte[] text, long fileBytes) {
    int bytes = Long.BYTES + text.length;
    Map<String, String> metadata = new LinkedHashMap<>();
    Map<String, Place> places = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : tree(file, text).properties()) {
      if (entry.getKey().equals(METADATA)) {
        entry.getValue().properties().forEach(e -> metadata.put(e.getKey(), e.getValue().asText()));
      } else {
        places.put(
            entry.getKey(), place(file, entry.getKey(), entry.getValue(), fileBytes - bytes));
      }
    }
    SafetensorsHeader header = new SafetensorsHeader(metadata, places, bytes);
    header.requireFilled(file, fileBytes - bytes);
    return header;
  }

  /** Where a tensor lies that the file has. */
  Place place(String name) {
    return requireNonNull(places.get(name), name);
  }

  /** The names of the tensors in the order in which the file holds them. */
  List<String> namesByPlace() {
    return places.entrySet().stream()
        .sorted(
            Map.Entry.comparingByValue(
                Comparator.comparingLong(Place::start).thenComparingLong(Place::end)))
        .map(Map.Entry::getKey)
        .toList();
  }

  private static JsonNode tree(String file, byte[] text) {
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

  private static Place place(String file, String name, JsonNode entry, long dataBytes) {
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
    return new Place(shape, start, end);
  }

  /** Every byte belongs to one tensor, as the format demands. */
  private void requireFilled(String file, long dataBytes) {
    long filled = 0;
    for (String name : namesByPlace()) {
      Place place = place(name);
      if (place.start() != filled) {
        throw new CheckpointException(
            "%s has a tensor at byte %d where %d should follow; allowed: no holes, no overlaps"
                .formatted(file, place.start(), filled));
      }
      filled = place.end();
    }
    if (filled != dataBytes) {
      throw new CheckpointException(
          "%s has %d bytes of tensors; its header names %d".formatted(file, dataBytes, filled));
    }
  }

  private static long integer(JsonNode number) {
    return number.isIntegralNumber() && number.canConvertToLong() ? number.longValue() : -1;
  }

  /** Bytes of a tensor, or -1 if a size is negative or they are more than one may have. */
  private static long bytes(long[] shape) {
    long bytes = Float.BYTES;
    for (long size : shape) {
      if (size < 0 || size > MAX_TENSOR_BYTES) {
        return -1;
      }
      // Both factors are below 2^31.
      bytes *= size;
      if (bytes > MAX_TENSOR_BYTES) {
        return -1;
      }
    }
    return bytes;
  }
}
