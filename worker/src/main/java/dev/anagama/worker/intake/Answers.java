package dev.anagama.worker.intake;

import dev.anagama.worker.publish.StoredEnds;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/** Records that are finished but not committed. Used by one thread. */
final class Answers implements AutoCloseable {
  private final AnswerTransactions transactions;
  private final Map<TopicPartition, HeldPartition> held;
  private final StoredEnds ends;
  private final List<Answer> answers = new ArrayList<>();

  /**
   * Nothing yet.
   *
   * @param held the partitions of this worker; whoever takes one out calls {@link #dropEnded} after
   * @param ends is told of ends that are told
   */
  Answers(
      AnswerTransactions transactions, Map<TopicPartition, HeldPartition> held, StoredEnds ends) {
    this.transactions = transactions;
    this.held = held;
    this.ends = ends;
  }

  /** A record that was taken is finished. */
  void add(Answer answer) {
    held(answer.lease().partition()).finish(answer.offset());
    answers.add(answer);
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
    return answers.isEmpty();
  }

  /**
   * Commits all in one transaction.
   *
   * @throws KafkaException if that is not certain; they stay, to be tried again
   */
  void commit(Consumer<String, byte[]> consumer) {
    if (answers.isEmpty()) {
      return;
    }
    try {
      if (transactions.open()) {
        dropCommitted(consumer);
      }
      if (!answers.isEmpty()) {
        transactions.commit(answers, progress(), consumer.groupMetadata());
      }
    } catch (KafkaException e) {
      transactions.discard();
      throw e;
    }
    drop(answer -> true);
  }

  /** Forgets those of leases that have ended. */
  void dropEnded() {
    drop(answer -> answer.lease().ended());
  }

  @Override
  public void close() {
    transactions.close();
  }

  /** A transaction whose outcome was not known may have been committed after all. */
  private void dropCommitted(Consumer<String, byte[]> consumer) {
    Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(progress().keySet());
    drop(
        answer -> {
          OffsetAndMetadata kept = committed.get(answer.lease().partition());
          return kept != null && CommittedProgress.of(kept).finished(answer.offset());
        });
  }

  private void drop(Predicate<Answer> unwanted) {
    List<Answer> gone = answers.stream().filter(unwanted).toList();
    answers.removeAll(gone);
    ends.told((int) gone.stream().filter(Answer::ofJob).count());
  }

  private Map<TopicPartition, OffsetAndMetadata> progress() {
    Map<TopicPartition, OffsetAndMetadata> progress = new HashMap<>();
    for (Answer answer : answers) {
      progress.computeIfAbsent(
          answer.lease().partition(), partition -> held(partition).progress().committed());
    }
    return progress;
  }

  private HeldPartition held(TopicPartition partition) {
    return Objects.requireNonNull(held.get(partition));
  }
}
