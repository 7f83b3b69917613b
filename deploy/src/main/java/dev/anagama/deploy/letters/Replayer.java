package dev.anagama.deploy.letters;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;

/** Puts records on the topics of jobs again and tells of each when Kafka holds it. */
public final class Replayer {
  /** So many sends may be on their way at once. */
  private static final int WINDOW = 100;

  private final Producer<String, byte[]> producer;
  private final Deque<Sending> sendings = new ArrayDeque<>();

  private record Sending(LetterPlace place, Future<RecordMetadata> answer, Runnable told) {}

  /** Sends with {@code producer}, which must wait for all in-sync replicas. */
  public Replayer(Producer<String, byte[]> producer) {
    this.producer = producer;
  }

  /**
   * Sends one record.
   *
   * @param place of the letter that it is from
   * @param told runs when Kafka holds the record, in the order of the calls
   * @throws KafkaException if this or an earlier one is not confirmed
   */
  public void send(LetterPlace place, ProducerRecord<String, byte[]> record, Runnable told) {
    if (sendings.size() == WINDOW) {
      await(sendings.remove());
    }
    sendings.add(new Sending(place, producer.send(record), told));
  }

  /**
   * Returns when Kafka holds all that was sent.
   *
   * @throws KafkaException if one is not confirmed
   */
  public void finish() {
    producer.flush();
    while (!sendings.isEmpty()) {
      await(sendings.remove());
    }
  }

  private static void await(Sending sending) {
    try {
      // The producer's own limit ends the wait.
      sending.answer().get();
    } catch (ExecutionException e) {
      throw new KafkaException(
          "Kafka has not confirmed %s: %s; this letter and those after it can be replayed again"
              .formatted(sending.place(), e.getCause()),
          e.getCause());
    } catch (InterruptedException e) {
      // Kafka's own exception for this keeps the thread's interrupted mark.
      throw new InterruptException(e);
    }
    sending.told().run();
  }
}
