package dev.anagama.gateway.admission;

import dev.anagama.contract.Topics;
import dev.anagama.gateway.errors.Refusal;
import dev.anagama.gateway.errors.RefusalException;
import dev.anagama.v1.GenerationJob;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The jobs topic, as something to append to. */
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
  @SuppressWarnings("FutureReturnValueIgnored") // the callback tells all that its future would
  CompletableFuture<Long> append(GenerationJob job) {
    CompletableFuture<Long> offset = new CompletableFuture<>();
    try {
      producer.send(
          new ProducerRecord<>(Topics.JOBS, job.getJobId(), job.toByteArray()),
          (metadata, failure) -> {
            if (failure == null) {
              offset.complete(metadata.offset());
            } else {
              offset.completeExceptionally(refusal(job, failure));
            }
          });
    } catch (KafkaException e) {
      offset.completeExceptionally(refusal(job, e));
    }
    return offset;
  }

  private static RefusalException refusal(GenerationJob job, Exception failure) {
    if (failure instanceof AuthorizationException || failure instanceof RecordTooLargeException) {
      log.error("Kafka refuses job {}", job.getJobId(), failure);
      return new RefusalException(
          new Refusal.Defect("Kafka refuses the job; the gateway's log says why"));
    }
    return new RefusalException(
        new Refusal.Unavailable(
            "Kafka has not confirmed the job, so it is not accepted: " + failure.getMessage(),
            RETRY_AFTER_SECONDS));
  }
}
