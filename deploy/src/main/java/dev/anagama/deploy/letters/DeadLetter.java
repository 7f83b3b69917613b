package dev.anagama.deploy.letters;

import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;

/**
 * One record of the dead-letter topic.
 *
 * @param summary all but its bytes
 * @param content what its value is
 * @param all its headers, as they stand
 */
public record DeadLetter(Summary summary, LetterContent content, Headers all) {

  /**
   * What is known of a letter without its bytes.
   *
   * @param place its name
   * @param recordedAt when Kafka wrote it
   * @param key its key, which is a job id if the sender knew the rules
   * @param jobId the job's id, if it holds a job
   * @param tenant the job's owner, if it holds a job
   * @param model the job's model, if it holds a job
   * @param headers why, where and how often
   */
  public record Summary(
      LetterPlace place,
      Instant recordedAt,
      Optional<String> key,
      Optional<String> jobId,
      Optional<String> tenant,
      Optional<String> model,
      LetterHeaders headers) {

    /** When it was given up, or, where that is not said, when Kafka wrote it. */
    public Instant when() {
      return headers.givenUpAt().orElse(recordedAt);
    }
  }

  /** Reads a record. */
  public static DeadLetter of(ConsumerRecord<String, byte[]> record) {
    LetterContent content = LetterContent.of(record.value());
    Optional<LetterContent.Job> job =
        content instanceof LetterContent.Job some ? Optional.of(some) : Optional.empty();
    Summary summary =
        new Summary(
            new LetterPlace(record.partition(), record.offset()),
            Instant.ofEpochMilli(record.timestamp()),
            Optional.ofNullable(record.key()),
            job.map(some -> some.job().getJobId()),
            job.map(some -> some.job().getTenant()),
            job.map(some -> some.job().getSpec().getModel()),
            LetterHeaders.of(record.headers()));
    return new DeadLetter(summary, content, record.headers());
  }
}
