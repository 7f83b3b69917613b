package dev.anagama.worker.intake;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.anagama.contract.DeadLetterHeaders;
import dev.anagama.contract.Topics;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;

/** Records that hold no job, as they came, with why and from where in their headers. */
final class DeadLetters {
  /** Longer values are left out: with the headers they could be more than the topic takes. */
  static final int MAX_VALUE_BYTES = 900_000;

  private DeadLetters() {}

  static ProducerRecord<String, byte[]> of(ConsumerRecord<String, byte[]> record, String reason) {
    boolean fits = record.value() == null || record.value().length <= MAX_VALUE_BYTES;
    ProducerRecord<String, byte[]> letter =
        new ProducerRecord<>(Topics.DEAD_LETTERS, record.key(), fits ? record.value() : null);
    Headers headers = letter.headers();
    record.headers().forEach(headers::add);
    headers.add(
        DeadLetterHeaders.REASON, (fits ? reason : reason + " (value left out)").getBytes(UTF_8));
    headers.add(DeadLetterHeaders.SOURCE_TOPIC, record.topic().getBytes(UTF_8));
    headers.add(
        DeadLetterHeaders.SOURCE_PARTITION, Integer.toString(record.partition()).getBytes(UTF_8));
    headers.add(DeadLetterHeaders.SOURCE_OFFSET, Long.toString(record.offset()).getBytes(UTF_8));
    return letter;
  }
}
