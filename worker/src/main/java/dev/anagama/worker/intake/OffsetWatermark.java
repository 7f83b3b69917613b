package dev.anagama.worker.intake;

import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * What is finished in one partition. Jobs finish out of order, but Kafka keeps one committed
 * offset: so what is committed is the <b>watermark</b>, below which everything is finished, and
 * with it, in the offset's metadata, which offsets from there on are not. A consumer that begins
 * with both does over what had not finished, and nothing else.
 *
 * <p>Everything from the watermark to the <b>end</b> (one past the last record taken) is finished,
 * but for a set of unfinished offsets. Offsets that never come (transaction markers, records that
 * were deleted) hold nothing up: a record that is taken shows that those before it will not come
 * any more.
 *
 * <p>Used by one thread.
 */
final class OffsetWatermark {
  private final NavigableSet<Long> unfinished;
  private long end;
  private long taken;

  /**
   * Begins with what was committed.
   *
   * @param progress empty of unfinished offsets at the first offset of a partition that never was
   *     committed
   */
  OffsetWatermark(CommittedProgress progress) {
    this.unfinished = new TreeSet<>(progress.unfinished());
    this.end = progress.end();
    this.taken = progress.watermark() - 1;
  }

  /** Whether a record is finished already: here, or before this watermark began. */
  boolean finished(long offset) {
    return offset < end && !unfinished.contains(offset);
  }

  /**
   * A record is in hand now. Offsets ascend, leaving out those that are finished already.
   *
   * @throws IllegalArgumentException if the offset does not ascend or is finished
   */
  void take(long offset) {
    if (offset <= taken || finished(offset)) {
      throw new IllegalArgumentException(
          "offset %d comes after %d, finished: %s; allowed: ascending, unfinished offsets"
              .formatted(offset, taken, finished(offset)));
    }
    // What lies between was due, and has not come.
    unfinished.subSet(taken, false, offset, false).clear();
    taken = offset;
    unfinished.add(offset);
    end = Math.max(end, offset + 1);
  }

  /** A record that was taken is finished. */
  void finish(long offset) {
    if (offset > taken || !unfinished.remove(offset)) {
      throw new IllegalArgumentException("offset %d is not in hand".formatted(offset));
    }
  }

  /** What is to be committed. */
  CommittedProgress progress() {
    return new CommittedProgress(
        unfinished.isEmpty() ? end : unfinished.first(), end, new TreeSet<>(unfinished));
  }
}
