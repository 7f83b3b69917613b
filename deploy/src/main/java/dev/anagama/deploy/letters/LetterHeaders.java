package dev.anagama.deploy.letters;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.anagama.contract.DeadLetterHeaders;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * What the headers of a dead letter say. Letters of earlier versions lack some; what is not there
 * or can not be read is empty.
 *
 * @param reason what was wrong
 * @param category kind of the failure, a word such as {@code invalid}
 * @param attempts how often the job was begun
 * @param worker who gave it up
 * @param givenUpAt when
 * @param source where it came from
 */
public record LetterHeaders(
    Optional<String> reason,
    Optional<String> category,
    Optional<Integer> attempts,
    Optional<String> worker,
    Optional<Instant> givenUpAt,
    Optional<Source> source) {

  /** Every name that a letter's headers have of us; the others came with the record. */
  static final Set<String> OURS =
      Set.of(
          DeadLetterHeaders.REASON,
          DeadLetterHeaders.SOURCE_TOPIC,
          DeadLetterHeaders.SOURCE_PARTITION,
          DeadLetterHeaders.SOURCE_OFFSET,
          DeadLetterHeaders.ATTEMPTS,
          DeadLetterHeaders.CATEGORY,
          DeadLetterHeaders.WORKER,
          DeadLetterHeaders.GIVEN_UP_AT);

  /** A record's first place on Kafka. */
  public record Source(String topic, int partition, long offset) {}

  static LetterHeaders of(Headers headers) {
    return new LetterHeaders(
        text(headers, DeadLetterHeaders.REASON),
        text(headers, DeadLetterHeaders.CATEGORY),
        integer(headers, DeadLetterHeaders.ATTEMPTS),
        text(headers, DeadLetterHeaders.WORKER),
        time(headers, DeadLetterHeaders.GIVEN_UP_AT),
        source(headers));
  }

  private static Optional<Source> source(Headers headers) {
    Optional<String> topic = text(headers, DeadLetterHeaders.SOURCE_TOPIC);
    Optional<Integer> partition = integer(headers, DeadLetterHeaders.SOURCE_PARTITION);
    Optional<Long> offset =
        text(headers, DeadLetterHeaders.SOURCE_OFFSET)
            .filter(t -> t.matches("\\d{1,18}"))
            .map(Long::valueOf);
    if (topic.isEmpty() || partition.isEmpty() || offset.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(new Source(topic.get(), partition.get(), offset.get()));
  }

  /** The last one of the name: a record that was sent again may bring an earlier letter's. */
  private static Optional<String> text(Headers headers, String name) {
    @Nullable Header header = headers.lastHeader(name);
    return header == null || header.value() == null
        ? Optional.empty()
        : Optional.of(new String(header.value(), UTF_8));
  }

  private static Optional<Integer> integer(Headers headers, String name) {
    return text(headers, name).filter(t -> t.matches("\\d{1,9}")).map(Integer::valueOf);
  }

  private static Optional<Instant> time(Headers headers, String name) {
    return text(headers, name)
        .flatMap(
            written -> {
              try {
                return Optional.of(Instant.parse(written));
              } catch (DateTimeParseException e) {
                return Optional.empty();
              }
            });
  }
}
