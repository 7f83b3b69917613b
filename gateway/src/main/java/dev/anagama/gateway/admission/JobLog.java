package dev.anagama.gateway.admission;

import dev.anagama.contract.Topics;
import dev.anagama.gateway.errors.Refusal;
import dev.anagama.gateway.errors.RefusalException;
import dev.anagama.v1.CancelRequested;
import dev.anagama.v1.GenerationJob;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The topics of jobs and of cancellations, as something to append to. */
public final class JobLog {
  private static final Logger log = LoggerFactory.getLogger(JobLog.class);

  private static final int RETRY_AFTER_SECONDS = 5;

  private final Producer<String, byte[]> producer;

  /** Appends with {@code producer}, which must wait for all in-sync replicas. */
  public JobLog(Producer<String, byte[]> producer) {
    this.producer = producer;
  }

  /**
   * Appends a job; blocks for at most the producer's {@code max.block.ms}.
   *
   * @return its offset once Kafka holds it, or a {@link RefusalException} when Kafka does not say
   *     that it does. Then it may still be there; the same job appended again is harmless
   */
  CompletableFuture<Long> append(GenerationJob job) {
    return send(
        new ProducerRecord<>(Topics.JOBS, job.getJobId(), job.toByteArray()),
        "the job, so it is not accepted");
  }

  /**
   * Appends a wish to cancel, in the same way; appended again it is harmless too.
   *
   * @return its offset once Kafka holds it, or a {@link RefusalException}
   */
  CompletableFuture<Long> append(CancelRequested wish) {
    return send(
        new ProducerRecord<>(Topics.CANCELLATIONS, wish.getJobId(), wish.toByteArray()),
        "the cancellation, so it may not happen");
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the callback tells all that its future would
  private CompletableFuture<Long> send(ProducerRecord<String, byte[]> record, String what) {
    CompletableFuture<Long> offset = new CompletableFuture<>();
    try {
      producer.send(
          record,
          (metadata, failure) -> {
            if (failure == null) {
              offset.complete(metadata.offset());
            } else {
              offset.completeExceptionally(refusal(record, what, failure));
            }
          });
    } catch (KafkaException e) {
      offset.completeExceptionally(refusal(record, what, e));
    }
    return offset;
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
