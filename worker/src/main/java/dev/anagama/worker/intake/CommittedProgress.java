package dev.anagama.worker.intake;

import java.io.ByteArrayOutputStream;
import java.util.Base64;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.jspecify.annotations.Nullable;

/**
 * A partition's progress as Kafka keeps it: the committed offset is the watermark, and the offset's
 * metadata holds the rest, as text: {@code "2:"} and URL-safe Base64 of variable-length integers
 * (seven bits to a byte, lowest first, as in Protobuf): {@code end - watermark}, then for each
 * unfinished offset its distance from the one before it (0 for the first, which is the watermark)
 * times 64 plus the {@linkplain Attempts#code code} of its attempts. The metadata is empty if
 * nothing is unfinished. The form {@code "1:"} of earlier versions is read too; it has no attempts,
 * and leaves the watermark's own offset out.
 *
 * <p>Its length is bounded by the jobs in hand, because only they are unfinished: {@value
 * #MAX_UNFINISHED} of them, 32,767 offsets apart, or 200 of them however far apart, fit into the
 * 4096 characters that a broker takes by default ({@code offset.metadata.max.bytes}). Where they do
 * not fit, no further record is taken ({@link OffsetWatermark#hasRoom}).
 *
 * @param watermark everything below is finished
 * @param end one past the last offset that was taken, at least the watermark
 * @param unfinished offsets in [watermark, end) that are not finished, with their attempts; if
 *     there are any, the watermark is the first
 */
record CommittedProgress(long watermark, long end, SortedMap<Long, Attempts> unfinished) {
  /** Most unfinished offsets that are sure to fit. */
  static final int MAX_UNFINISHED = 1000;

  /** What a broker takes by default. */
  static final int MAX_METADATA_LENGTH = 4096;

  private static final String FORMAT = "2:";
  private static final String FORMAT_WITHOUT_ATTEMPTS = "1:";
  private static final long CODE_MASK = (1 << Attempts.CODE_BITS) - 1;

  /** Checks the order. */
  CommittedProgress {
    unfinished = Collections.unmodifiableSortedMap(new TreeMap<>(unfinished));
    boolean ordered =
        unfinished.isEmpty()
            ? end == watermark
            : unfinished.firstKey() == watermark && unfinished.lastKey() < end;
    if (!ordered) {
      throw new IllegalArgumentException(
          "watermark is %d, end is %d and %s are unfinished; allowed: the first at the watermark,"
                  .formatted(watermark, end, unfinished.keySet())
              + " all below the end, and both the same without any");
    }
  }

  /** Nothing is unfinished; {@code offset} comes next. */
  static CommittedProgress at(long offset) {
    return new CommittedProgress(offset, offset, Collections.emptySortedMap());
  }

  /**
   * Reads what was committed.
   *
   * @throws IllegalArgumentException if the metadata is not in this form
   */
  static CommittedProgress of(OffsetAndMetadata committed) {
    @Nullable String metadata = committed.metadata();
    if (metadata == null || metadata.isEmpty()) {
      return at(committed.offset());
    }
    boolean attempts = metadata.startsWith(FORMAT);
    if (!attempts && !metadata.startsWith(FORMAT_WITHOUT_ATTEMPTS)) {
      throw new IllegalArgumentException("metadata '%s' is not ours".formatted(metadata));
    }
    VariableLength numbers =
        new VariableLength(Base64.getUrlDecoder().decode(metadata.substring(FORMAT.length())));
    long offset = committed.offset();
    long end = offset + numbers.next();
    SortedMap<Long, Attempts> unfinished = new TreeMap<>();
    unfinished.put(offset, Attempts.NONE);
    while (numbers.hasNext()) {
      long number = numbers.next();
      offset += attempts ? number >>> Attempts.CODE_BITS : number;
      unfinished.put(
          offset, attempts ? Attempts.ofCode((int) (number & CODE_MASK)) : Attempts.NONE);
    }
    return new CommittedProgress(committed.offset(), end, unfinished);
  }

  /** Whether a record is finished, by what is kept here. */
  boolean finished(long offset) {
    return offset < end && !unfinished.containsKey(offset);
  }

  /** What is to be committed. */
  OffsetAndMetadata committed() {
    return new OffsetAndMetadata(watermark, metadata());
  }

  private String metadata() {
    if (unfinished.isEmpty()) {
      return "";
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    VariableLength.write(end - watermark, bytes);
    long last = watermark;
    for (Map.Entry<Long, Attempts> entry : unfinished.entrySet()) {
      long distance = entry.getKey() - last;
      VariableLength.write(distance << Attempts.CODE_BITS | entry.getValue().code(), bytes);
      last = entry.getKey();
    }
    return FORMAT + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.toByteArray());
  }

  /** Reads numbers one after another. */
  private static final class VariableLength {
    private static final int MAX_BITS = 63;

    private final byte[] bytes;
    private int at;

    VariableLength(byte[] bytes) {
      this.bytes = bytes;
    }

    static void write(long number, ByteArrayOutputStream out) {
      long rest = number;
      for (; rest > 0x7F; rest >>>= 7) {
        out.write((int) ((rest & 0x7F) | 0x80));
      }
      out.write((int) rest);
    }

    boolean hasNext() {
      return at < bytes.length;
    }

    long next() {
      long number = 0;
      for (int shift = 0; shift < MAX_BITS && hasNext(); shift += 7) {
        byte part = bytes[at++];
        number |= (part & 0x7FL) << shift;
        if (part >= 0) {
          return number;
        }
      }
      throw new IllegalArgumentException("metadata ends in the middle of a number");
    }
  }
}
