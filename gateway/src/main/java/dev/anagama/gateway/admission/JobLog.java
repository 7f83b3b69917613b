package dev.anagama.gateway.admission;

import dev.anagama.contract.Topics;
import dev.anagama.gateway.errors.Refusal;
import dev.anagama.gateway.errors.RefusalException;
import dev.anagama.gateway.status.ReadMarks;
import dev.anagama.gateway.status.Readiness;
import dev.anagama.v1.CancelRequested;
import dev.anagama.v1.GenerationJob;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The topics of jobs and of cancellations, as something to append to and to read back from. */
public final class JobLog {
  private static final Logger log = LoggerFactory.getLogger(JobLog.class);

  private static final int RETRY_AFTER_SECONDS = 5;

  /** Longest that a record is waited for which Kafka holds already. */
  private static final long READ_BACK_MILLIS = 5_000;

  private final Producer<String, byte[]> producer;
  private final ReadMarks marks;
  private final Readiness readiness;

  /**
   * Appends with {@code producer}, which must wait for all in-sync replicas, while {@code
   * readiness} says that Kafka answers; {@code marks} say how far this gateway has read.
   */
  public JobLog(Producer<String, byte[]> producer, ReadMarks marks, Readiness readiness) {
    this.producer = producer;
    this.marks = marks;
    this.readiness = readiness;
  }

  /**
   * Appends a job to the topic of its priority; blocks for at most the producer's {@code
   * max.block.ms}.
   *
   * @return where it is once Kafka holds it, or a {@link RefusalException} when Kafka does not say
   *     that it does. Then it may still be there; the same job appended again is harmless
   * @throws RefusalException at once while Kafka is known not to answer
   */
  CompletableFuture<RecordMetadata> append(GenerationJob job) {
    return send(
        new ProducerRecord<>(
            Topics.ofJobs(job.getSpec().getPriority()), job.getJobId(), job.toByteArray()),
        "the job, so it is not accepted");
  }

  /**
   * Appends a wish to cancel, in the same way; appended again it is harmless too.
   *
   * @return where it is once Kafka holds it, or a {@link RefusalException}
   * @throws RefusalException at once while Kafka is known not to answer
   */
  CompletableFuture<RecordMetadata> append(CancelRequested wish) {
    return send(
        new ProducerRecord<>(Topics.CANCELLATIONS, wish.getJobId(), wish.toByteArray()),
        "the cancellation, so it may not happen");
  }

  /**
   * Waits until this gateway has read a record that it appended, and with it every earlier record
   * of the same id in that topic, whichever gateway appended it.
   *
   * @return the same place, or a {@link RefusalException} if that takes too long
   */
  CompletableFuture<RecordMetadata> readBack(RecordMetadata written) {
    TopicPartition partition = new TopicPartition(written.topic(), written.partition());
    return marks
        .whenRead(partition, written.offset())
        .copy()
        .orTimeout(READ_BACK_MILLIS, TimeUnit.MILLISECONDS)
        .handle(
            (read, late) -> {
              if (late != null) {
                marks.release(partition, written.offset());
                throw new RefusalException(
                    new Refusal.Unavailable(
                        "Kafka holds the job, but does not tell whether another came before it"
                            + " under its id; send it again",
                        RETRY_AFTER_SECONDS));
              }
              return written;
            });
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the callback tells all that its future would
  private CompletableFuture<RecordMetadata> send(
      ProducerRecord<String, byte[]> record, String what) {
    readiness.requireKafka();
    CompletableFuture<RecordMetadata> written = new CompletableFuture<>();
    try {
      producer.send(
          record,
          (metadata, failure) -> {
            if (failure == null) {
              written.complete(metadata);
            } else {
              written.completeExceptionally(refusal(record, what, failure));
            }
          });
    } catch (KafkaException e) {
      written.completeExceptionally(refusal(record, what, e));
    }
    return written;
  }

  private static RefusalException refusal(
      ProducerRecord<String, byte[]> record, String what, Exception failure) {
    if (failure instanceof AuthorizationException || failure instanceof RecordTooLargeException) {
      log.error("Kafka refuses a record of {} on {}", record.key(), record.topic(), failure);
      return new RefusalException(
          new Refusal.Defect("Kafka refuses the record; the gateway's log says why"));
    }
    return new RefusalException(
        new Refusal.Unavailable(
            "Kafka has not confirmed %s: %s".formatted(what, failure.getMessage()),
            RETRY_AFTER_SECONDS));
  }
}
