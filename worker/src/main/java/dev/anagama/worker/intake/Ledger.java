package dev.anagama.worker.intake;

import dev.anagama.worker.publish.Outcomes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * What Kafka is to know of the records in hand and does not know yet: which are finished, with the
 * events of their ends, and how often the others were begun. All of it goes into one transaction.
 *
 * <p>Counts of attempts could be committed by the consumer alone, which is quicker. But such a
 * commit that was held up on its way may arrive after a later transaction and undo it, and records
 * would be told twice. A transaction's commit is refused once the producer has gone on.
 *
 * <p>Used by one thread.
 */
final class Ledger implements AutoCloseable {
  private final LedgerTransactions transactions;
  private final Outcomes outcomes;
  private final List<Answer> answers = new ArrayList<>();
  private final Map<TopicPartition, RecordPlace> changed = new HashMap<>();

  /**
   * Nothing yet.
   *
   * @param outcomes is told of outcomes that are settled
   */
  Ledger(LedgerTransactions transactions, Outcomes outcomes) {
    this.transactions = transactions;
    this.outcomes = outcomes;
  }

  /**
   * A record that was taken is finished.
   *
   * @param ofOutcome whether by an outcome that publishing has handed over
   * @param records what is told with it
   */
  void finish(RecordPlace place, boolean ofOutcome, List<ProducerRecord<String, byte[]>> records) {
    place.watermark().finish(place.offset());
    note(place);
    answers.add(new Answer(place, ofOutcome, records));
  }

  /** The job of a record begins once this is committed. */
  void begin(RecordPlace place) {
    place.watermark().begin(place.offset());
    note(place);
  }

  /** The job of a record has not begun after all, or was ended in order. */
  void handBack(RecordPlace place) {
    place.watermark().handBack(place.offset());
    note(place);
  }

  /** The job's last attempt has failed for a reason from outside. */
  void excuse(RecordPlace place) {
    place.watermark().excuse(place.offset());
    note(place);
  }

  /**
   * Settles what the last process of this worker's name has begun to commit.
   *
   * @throws KafkaException if the brokers do not answer in time
   */
  void open() {
    transactions.open();
  }

  boolean isEmpty() {
    return answers.isEmpty() && changed.isEmpty();
  }

  /**
   * Commits all in one transaction.
   *
   * @throws KafkaException if that is not certain; all stays, to be tried again
   */
  void commit(Consumer<String, byte[]> consumer) {
    if (isEmpty()) {
      return;
    }
    try {
      if (transactions.open()) {
        dropCommitted(consumer);
      }
      transactions.commit(answers, progress(), consumer.groupMetadata());
    } catch (KafkaException e) {
      transactions.discard();
      throw e;
    }
    drop(answer -> true);
    changed.clear();
  }

  /** Forgets what is of leases that have ended. */
  void dropEnded() {
    drop(answer -> answer.place().lease().ended());
    changed.values().removeIf(place -> place.lease().ended());
  }

  @Override
  public void close() {
    transactions.close();
  }

  private void note(RecordPlace place) {
    changed.put(place.lease().partition(), place);
  }

  /** A transaction whose outcome was not known may have been committed after all. */
  private void dropCommitted(Consumer<String, byte[]> consumer) {
    Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(changed.keySet());
    drop(
        answer -> {
          OffsetAndMetadata kept = committed.get(answer.place().lease().partition());
          return kept != null && CommittedProgress.of(kept).finished(answer.place().offset());
        });
  }

  private void drop(Predicate<Answer> unwanted) {
    List<Answer> gone = answers.stream().filter(unwanted).toList();
    answers.removeAll(gone);
    outcomes.settled((int) gone.stream().filter(Answer::ofOutcome).count());
  }

  private Map<TopicPartition, OffsetAndMetadata> progress() {
    Map<TopicPartition, OffsetAndMetadata> progress = new HashMap<>();
    changed.forEach(
        (partition, place) -> progress.put(partition, place.watermark().progress().committed()));
    return progress;
  }
}
