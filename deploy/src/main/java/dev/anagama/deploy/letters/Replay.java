package dev.anagama.deploy.letters;

import com.google.protobuf.util.Timestamps;
import dev.anagama.contract.Topics;
import dev.anagama.v1.GenerationJob;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * How a letter is sent again.
 *
 * <p>A job that has ended can not end twice, and its record in the object store stands. So its
 * letter becomes a <i>new</i> job: the same tenant, spec and seed under an id that follows from the
 * old id and the letter. Sent twice, it is the same new job, which a worker does once.
 */
public sealed interface Replay {
  /**
   * A new job.
   *
   * @param record what is sent
   * @param jobId its id
   * @param deadlineDropped whether the old one's deadline had passed, so that it has none
   */
  record Anew(ProducerRecord<String, byte[]> record, String jobId, boolean deadlineDropped)
      implements Replay {}

  /**
   * The record as it came, byte for byte, to where it came from. Whoever could not read it must
   * have learned to, or it comes back as another letter.
   */
  record AsItCame(ProducerRecord<String, byte[]> record) implements Replay {}

  /**
   * It can not be sent again.
   *
   * @param why a clause
   */
  record Impossible(String why) implements Replay {}

  /** How {@code letter} is sent again at {@code now}. */
  static Replay of(DeadLetter letter, Instant now) {
    if (letter.content() instanceof LetterContent.Job some) {
      return anew(letter.summary(), some.job(), now);
    }
    if (letter.content() instanceof LetterContent.Undecodable bytes) {
      return asItCame(letter, bytes.value());
    }
    return new Impossible("it has no value: there was none, or it was too long for a letter");
  }

  private static Replay anew(DeadLetter.Summary letter, GenerationJob old, Instant now) {
    GenerationJob.Builder job =
        old.toBuilder()
            .setJobId(ReplayIds.of(old.getJobId(), letter))
            .setAcceptedAt(Timestamps.fromMillis(now.toEpochMilli()));
    boolean late =
        old.getSpec().hasDeadline()
            && Timestamps.compare(old.getSpec().getDeadline(), job.getAcceptedAt()) <= 0;
    if (late) {
      job.getSpecBuilder().clearDeadline();
    }
    return new Anew(
        new ProducerRecord<>(
            Topics.ofJobs(old.getSpec().getPriority()), job.getJobId(), job.build().toByteArray()),
        job.getJobId(),
        late);
  }

  private static Replay asItCame(DeadLetter letter, byte[] value) {
    Optional<String> topic = letter.summary().headers().source().map(LetterHeaders.Source::topic);
    if (topic.filter(Topics.ALL_JOBS::contains).isEmpty()) {
      return new Impossible(
          "it is said to be from %s; allowed: %s"
              .formatted(
                  topic.map("topic '%s'"::formatted).orElse("nowhere"),
                  String.join(", ", Topics.ALL_JOBS)));
    }
    ProducerRecord<String, byte[]> record =
        new ProducerRecord<>(topic.get(), letter.summary().key().orElse(null), value);
    letter
        .all()
        .forEach(
            header -> {
              if (!LetterHeaders.OURS.contains(header.key())) {
                record.headers().add(header);
              }
            });
    return new AsItCame(record);
  }
}
