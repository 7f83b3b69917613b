package dev.anagama.worker.intake;

import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * What is finished in one partition. Jobs finish out of order, but Kafka keeps one committed
 * offset: so what is committed is the <b>watermark</b>, below which everything is finished, and
 * with it, in the offset's metadata, which offsets from there on are not, and how often each of
 * these was begun. A consumer that begins with both does over what had not finished, and nothing
 * else.
 *
 * <p>Everything from the watermark to the <b>end</b> (one past the last record taken) is finished,
 * but for a set of unfinished offsets. Offsets that never come (transaction markers, records that
 * were deleted) hold nothing up: a record that is taken shows that those before it will not come
 * any more.
 *
 * <p>Used by one thread.
 */
final class OffsetWatermark {
  /**
   * So many unfinished offsets fit, however far apart: each takes 10 bytes at most, the end too,
   * and the metadata holds 3070.
   */
  private static final int ALWAYS_FIT = 200;

  private final NavigableMap<Long, Attempts> unfinished;
  private long end;
  private long taken;

  /**
   * Begins with what was committed.
   *
   * @param progress empty of unfinished offsets at the first offset of a partition that never was
   *     committed
   */
  OffsetWatermark(CommittedProgress progress) {
    this.unfinished = new TreeMap<>(progress.unfinished());
    this.end = progress.end();
    this.taken = progress.watermark() - 1;
  }

  /** Whether a record is finished already: here, or before this watermark began. */
  boolean finished(long offset) {
    return offset < end && !unfinished.containsKey(offset);
  }

  /** Whether the progress can be committed once this record is taken too. */
  boolean hasRoom(long offset) {
    if (unfinished.size() < ALWAYS_FIT || unfinished.containsKey(offset)) {
      return true;
    }
    if (unfinished.size() >= CommittedProgress.MAX_UNFINISHED) {
      return false;
    }
    NavigableMap<Long, Attempts> more = new TreeMap<>(unfinished);
    more.put(offset, Attempts.NONE);
    CommittedProgress progress =
        new CommittedProgress(more.firstKey(), Math.max(end, offset + 1), more);
    return progress.committed().metadata().length() <= CommittedProgress.MAX_METADATA_LENGTH;
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
    unfinished.subMap(taken, false, offset, false).clear();
    taken = offset;
    unfinished.putIfAbsent(offset, Attempts.NONE);
    end = Math.max(end, offset + 1);
  }

  /** The last attempt at a record was not ended by its worker's death: nothing that it did. */
  void survived(long offset) {
    unfinished.computeIfPresent(
        offset, (at, attempts) -> attempts.begun() > 0 ? attempts.handBack() : attempts);
  }

  /** How often a record that is not finished was begun, here or by others before. */
  Attempts attempts(long offset) {
    return unfinished.getOrDefault(offset, Attempts.NONE);
  }

  /** The job of a record that was taken begins. */
  void begin(long offset) {
    change(offset, Attempts::begin);
  }

  /** It ended in order, by no fault of its own, and is as if it had not begun. */
  void handBack(long offset) {
    change(offset, Attempts::handBack);
  }

  /** It failed for a reason from outside. */
  void excuse(long offset) {
    change(offset, Attempts::excuse);
  }

  /** A record that was taken is finished. */
  void finish(long offset) {
    requireInHand(offset);
    unfinished.remove(offset);
  }

  /** What is to be committed. */
  CommittedProgress progress() {
    return new CommittedProgress(
        unfinished.isEmpty() ? end : unfinished.firstKey(), end, unfinished);
  }

  private void change(long offset, UnaryOperator<Attempts> how) {
    requireInHand(offset);
    unfinished.put(offset, how.apply(attempts(offset)));
  }

  private void requireInHand(long offset) {
    if (offset > taken || !unfinished.containsKey(offset)) {
      throw new IllegalArgumentException("offset %d is not in hand".formatted(offset));
    }
  }
}
