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

  /** How often the job was begun, decimal; 0 if it could not even be read. */
  public static final String ATTEMPTS = "anagama-attempts";

  /** Name of the {@code FailureCategory} without its prefix, in lower case. */
  public static final String CATEGORY = "anagama-category";

  /** The worker that gave it up. */
  public static final String WORKER = "anagama-worker";

  /** When it was given up, ISO 8601, UTC. */
  public static final String GIVEN_UP_AT = "anagama-given-up-at";

  private DeadLetterHeaders() {}
}
