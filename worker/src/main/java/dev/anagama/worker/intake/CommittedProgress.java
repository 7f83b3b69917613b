package dev.anagama.worker.intake;

import java.io.ByteArrayOutputStream;
import java.util.Base64;
import java.util.Collections;
import java.util.NavigableSet;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.jspecify.annotations.Nullable;

/**
 * A partition's progress as Kafka keeps it: the committed offset is the watermark, and the offset's
 * metadata holds the rest, as text: {@code "1:"} and URL-safe Base64 of variable-length integers
 * (seven bits to a byte, lowest first, as in Protobuf): {@code end - watermark}, then the distance
 * of each unfinished offset from the one before it, beginning at the watermark, which itself is the
 * first and is not written. The metadata is empty if nothing is unfinished.
 *
 * <p>Its length is bounded by the jobs in hand, because only they are unfinished: {@value
 * #MAX_UNFINISHED} of them, 2 million offsets apart, still fit into the 4096 characters that a
 * broker takes by default ({@code offset.metadata.max.bytes}).
 *
 * @param watermark everything below is finished
 * @param end one past the last offset that was taken, at least the watermark
 * @param unfinished offsets in [watermark, end) that are not finished; if there are any, the
 *     watermark is the first
 */
record CommittedProgress(long watermark, long end, SortedSet<Long> unfinished) {
  /** Most unfinished offsets that are sure to fit. */
  static final int MAX_UNFINISHED = 1000;

  private static final String FORMAT = "1:";

  /** Checks the order. */
  CommittedProgress {
    unfinished = Collections.unmodifiableSortedSet(new TreeSet<>(unfinished));
    boolean ordered =
        unfinished.isEmpty()
            ? end == watermark
            : unfinished.first() == watermark && unfinished.last() < end;
    if (!ordered) {
      throw new IllegalArgumentException(
          "watermark is %d, end is %d and %s are unfinished; allowed: the first at the watermark,"
                  .formatted(watermark, end, unfinished)
              + " all below the end, and both the same without any");
    }
  }

  /** Nothing is unfinished; {@code offset} comes next. */
  static CommittedProgress at(long offset) {
    return new CommittedProgress(offset, offset, Collections.emptySortedSet());
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
    if (!metadata.startsWith(FORMAT)) {
      throw new IllegalArgumentException("metadata '%s' is not ours".formatted(metadata));
    }
    VariableLength numbers =
        new VariableLength(Base64.getUrlDecoder().decode(metadata.substring(FORMAT.length())));
    long offset = committed.offset();
    long end = offset + numbers.next();
    NavigableSet<Long> unfinished = new TreeSet<>();
    unfinished.add(offset);
    while (numbers.hasNext()) {
      offset += numbers.next();
      unfinished.add(offset);
    }
    return new CommittedProgress(committed.offset(), end, unfinished);
  }

  /** Whether a record is finished, by what is kept here. */
  boolean finished(long offset) {
    return offset < end && !unfinished.contains(offset);
  }

  /** What is to be committed. */
  OffsetAndMetadata committed() {
    if (unfinished.isEmpty()) {
      return new OffsetAndMetadata(watermark, "");
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    VariableLength.write(end - watermark, bytes);
    long last = watermark;
    for (long offset : unfinished.tailSet(watermark + 1)) {
      VariableLength.write(offset - last, bytes);
      last = offset;
    }
    return new OffsetAndMetadata(
        watermark,
        FORMAT + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.toByteArray()));
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
