package dev.anagama.contract;

/** Headers of a record on {@link Topics#DEAD_LETTERS}: why it is there and where it came from. */
public final class DeadLetterHeaders {
  /** What was wrong, one sentence, UTF-8. */
  public static final String REASON = "anagama-reason";

  /** The topic it came from. */
  public static final String SOURCE_TOPIC = "anagama-source-topic";

  /** The partition it came from, decimal. */
  public static final String SOURCE_PARTITION = "anagama-source-partition";

  /** The offset it had there, decimal. */
  public static final String SOURCE_OFFSET = "anagama-source-offset";

  private DeadLetterHeaders() {}
}
