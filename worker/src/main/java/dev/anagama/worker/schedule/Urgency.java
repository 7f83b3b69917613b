package dev.anagama.worker.schedule;

import java.util.Comparator;
import java.util.OptionalLong;

/**
 * How soon a job is wanted.
 *
 * @param priority {@value #INTERACTIVE}, {@value #STANDARD} or {@value #BATCH}; smaller is sooner
 * @param deadlineNanos when the job is of no use any more, by the clock that {@link Roster} is
 *     given
 */
public record Urgency(int priority, OptionalLong deadlineNanos) {
  /** Somebody waits for it. */
  public static final int INTERACTIVE = 0;

  /** What a job is that does not say. */
  public static final int STANDARD = 1;

  /** It may take its time. */
  public static final int BATCH = 2;

  /** A standard job without a deadline. */
  public static final Urgency NORMAL = new Urgency(STANDARD, OptionalLong.empty());

  /** Most urgent first: the nearest deadline, and no deadline after all of them; then priority. */
  static final Comparator<Urgency> MOST_URGENT_FIRST =
      Comparator.<Urgency>comparingLong(urgency -> urgency.deadlineNanos().orElse(Long.MAX_VALUE))
          .thenComparingInt(Urgency::priority);

  /** Checks the priority. */
  public Urgency {
    if (priority < INTERACTIVE || priority > BATCH) {
      throw new IllegalArgumentException(
          "priority is %d; allowed: %d to %d".formatted(priority, INTERACTIVE, BATCH));
    }
  }
}
