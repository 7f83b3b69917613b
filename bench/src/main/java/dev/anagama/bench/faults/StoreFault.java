package dev.anagama.bench.faults;

/** What becomes of one request to the object store. */
public sealed interface StoreFault {
  /** Nothing: it is forwarded and answered. */
  StoreFault NONE = new None();

  /** See {@link #NONE}. */
  record None() implements StoreFault {}

  /**
   * The store does not hear of it.
   *
   * @param status what is answered, for example 503
   */
  record Refused(int status) implements StoreFault {}

  /**
   * It is forwarded later.
   *
   * @param millis how much, at least 1
   */
  record Late(long millis) implements StoreFault {}

  /**
   * It gets no answer, and the store does not hear of it; when the gate opens, the connection ends.
   */
  record Unanswered(Gate gate) implements StoreFault {}

  /**
   * It is forwarded when the gate opens, also if whoever sent it has given it up or died by then.
   */
  record Held(Gate gate) implements StoreFault {}

  /** The store does it; the answer is passed on when the gate opens. */
  record AnswerHeld(Gate gate) implements StoreFault {}

  /** The store does it; instead of the answer the connection ends. */
  record AnswerDropped() implements StoreFault {}

  /** The store does it; in the middle of the answer's body the connection ends. */
  record HalfAnswered() implements StoreFault {}
}
