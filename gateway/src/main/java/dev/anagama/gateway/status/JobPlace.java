package dev.anagama.gateway.status;

import dev.anagama.contract.Topics;
import java.util.Comparator;

/**
 * Where the record of a job stands among those of the same id, which all have one partition of
 * their topic. Of two, the lesser counts: the more urgent topic's, since workers take from it
 * first, then the earlier. Every gateway sees the same places, so every one shows the same job.
 *
 * @param urgency place of the topic in {@link Topics#ALL_JOBS}, 0 for the most urgent
 * @param offset offset in its partition, from 0
 */
public record JobPlace(int urgency, long offset) implements Comparable<JobPlace> {
  /** Before every place on Kafka: the job as its record in the object store has it. */
  public static final JobPlace STORED = new JobPlace(-1, 0);

  /** After every place on Kafka: no record was seen. */
  static final JobPlace NOWHERE = new JobPlace(Integer.MAX_VALUE, Long.MAX_VALUE);

  private static final Comparator<JobPlace> ORDER =
      Comparator.comparingInt(JobPlace::urgency).thenComparingLong(JobPlace::offset);

  /**
   * The place of a record.
   *
   * @param topic one of {@link Topics#ALL_JOBS}
   * @throws IllegalArgumentException if the topic holds no jobs
   */
  public static JobPlace of(String topic, long offset) {
    int urgency = Topics.ALL_JOBS.indexOf(topic);
    if (urgency < 0) {
      throw new IllegalArgumentException(
          "topic is '%s'; allowed: %s".formatted(topic, Topics.ALL_JOBS));
    }
    return new JobPlace(urgency, offset);
  }

  @Override
  public int compareTo(JobPlace other) {
    return ORDER.compare(this, other);
  }
}
