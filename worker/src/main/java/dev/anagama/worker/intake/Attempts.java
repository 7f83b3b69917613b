package dev.anagama.worker.intake;

/**
 * How often a job was begun, by what is committed on Kafka. It is counted before the job begins, so
 * that a job which takes its worker along is counted all the same, and taken back when a worker
 * hands the job back in order.
 *
 * @param begun attempts, 0 to {@value #LIMIT}
 * @param excused those of them that failed for something that is neither the job's nor its
 *     neighbours' doing, 0 to {@code begun}
 */
record Attempts(int begun, int excused) {
  /** A job that was begun so often and has not ended is given up. */
  static final int LIMIT = 4;

  /** After so many attempts that have no good excuse, the job runs alone. */
  static final int SUSPECT_AFTER = 2;

  /** Never begun. */
  static final Attempts NONE = new Attempts(0, 0);

  /** Any {@link #code} has so many bits at most. */
  static final int CODE_BITS = 6;

  private static final int HALF = CODE_BITS / 2;

  /** Checks the ranges. */
  Attempts {
    if (begun < 0 || begun > LIMIT || excused < 0 || excused > begun) {
      throw new IllegalArgumentException(
          "begun is %d and excused is %d; allowed: 0 <= excused <= begun <= %d"
              .formatted(begun, excused, LIMIT));
    }
  }

  /**
   * Reads a {@link #code}.
   *
   * @throws IllegalArgumentException if it is none
   */
  static Attempts ofCode(int code) {
    return new Attempts(code >> HALF, code & ((1 << HALF) - 1));
  }

  /** Both numbers in one. */
  int code() {
    return begun << HALF | excused;
  }

  /** Whether it may not begin again. */
  boolean exhausted() {
    return begun == LIMIT;
  }

  /** Whether it may be the job that ends its workers or their steps. */
  boolean suspect() {
    return begun - excused >= SUSPECT_AFTER;
  }

  /** One more. */
  Attempts begin() {
    return new Attempts(begun + 1, excused);
  }

  /** The last one was ended in order, by no fault of the job. */
  Attempts handBack() {
    return new Attempts(begun - 1, Math.min(excused, begun - 1));
  }

  /** The last one failed for a reason from outside. */
  Attempts excuse() {
    return new Attempts(begun, excused + 1);
  }
}
