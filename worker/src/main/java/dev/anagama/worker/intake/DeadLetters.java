package dev.anagama.worker.intake;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.anagama.contract.DeadLetterHeaders;
import dev.anagama.contract.Topics;
import dev.anagama.v1.FailureCategory;
import dev.anagama.v1.JobFailed;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;

/**
 * Records that were given up, as they came, with why, from where and how often in their headers.
 */
final class DeadLetters {
  /** Longer values are left out: with the headers they could be more than the topic takes. */
  static final int MAX_VALUE_BYTES = 900_000;

  private static final String CATEGORY_PREFIX = "FAILURE_CATEGORY_";

  private final String worker;
  private final Clock clock;

  /** Letters of one worker. */
  DeadLetters(String worker, Clock clock) {
    this.worker = worker;
    this.clock = clock;
  }

  /** A record that holds no job. */
  ProducerRecord<String, byte[]> poison(ConsumerRecord<String, byte[]> record, String reason) {
    return letter(record, reason, 0, FailureCategory.FAILURE_CATEGORY_INVALID);
  }

  /** A job that is given up. */
  ProducerRecord<String, byte[]> of(HeldJob job, JobFailed failure) {
    return letter(
        job.record(), failure.getMessage(), job.attempts().begun(), failure.getCategory());
  }

  private ProducerRecord<String, byte[]> letter(
      ConsumerRecord<String, byte[]> record, String reason, int attempts, FailureCategory kind) {
    boolean fits = record.value() == null || record.value().length <= MAX_VALUE_BYTES;
    ProducerRecord<String, byte[]> letter =
        new ProducerRecord<>(Topics.DEAD_LETTERS, record.key(), fits ? record.value() : null);
    Headers headers = letter.headers();
    record.headers().forEach(headers::add);
    put(headers, DeadLetterHeaders.REASON, fits ? reason : reason + " (value left out)");
    put(headers, DeadLetterHeaders.SOURCE_TOPIC, record.topic());
    put(headers, DeadLetterHeaders.SOURCE_PARTITION, Integer.toString(record.partition()));
    put(headers, DeadLetterHeaders.SOURCE_OFFSET, Long.toString(record.offset()));
    put(headers, DeadLetterHeaders.ATTEMPTS, Integer.toString(attempts));
    put(
        headers,
        DeadLetterHeaders.CATEGORY,
        kind.name().replace(CATEGORY_PREFIX, "").toLowerCase(Locale.ROOT));
    put(headers, DeadLetterHeaders.WORKER, worker);
    put(
        headers,
        DeadLetterHeaders.GIVEN_UP_AT,
        clock.instant().truncatedTo(ChronoUnit.MILLIS).toString());
    return letter;
  }

  /** A record that was a letter before has them already. */
  private static void put(Headers headers, String name, String value) {
    headers.remove(name).add(name, value.getBytes(UTF_8));
  }
}
