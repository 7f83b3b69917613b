package dev.anagama.platform.kafka;

import com.google.protobuf.Timestamp;
import dev.anagama.contract.Topics;
import dev.anagama.v1.JobEvent;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.kafka.KafkaMessageFactory;
import java.net.URI;
import java.time.Instant;
import java.time.ZoneOffset;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Job events as Kafka records in the binary content mode of the CloudEvents 1.0 Kafka protocol
 * binding: attributes in {@code ce_} headers, the {@link JobEvent} itself as the value.
 */
public final class CloudEventRecords {
  /** Media type of the value. */
  public static final String CONTENT_TYPE = "application/protobuf";

  private static final URI SOURCE = URI.create("/anagama/worker");

  private CloudEventRecords() {}

  /**
   * The record of {@code event} on {@link Topics#EVENTS}, keyed by job id.
   *
   * @throws IllegalArgumentException if the event has no id, no job or no fact
   */
  public static ProducerRecord<String, byte[]> of(JobEvent event) {
    if (event.getEventId().isEmpty() || event.getJobId().isEmpty()) {
      throw new IllegalArgumentException(
          "event_id is '%s' and job_id is '%s'; both are required"
              .formatted(event.getEventId(), event.getJobId()));
    }
    CloudEvent cloudEvent =
        CloudEventBuilder.v1()
            .withId(event.getEventId())
            .withSource(SOURCE)
            .withType(type(event))
            .withSubject(event.getJobId())
            .withTime(instant(event.getOccurredAt()).atOffset(ZoneOffset.UTC))
            .withData(CONTENT_TYPE, event.toByteArray())
            .build();
    return KafkaMessageFactory.createWriter(Topics.EVENTS, event.getJobId())
        .writeBinary(cloudEvent);
  }

  /** The event's CloudEvents type, for example {@code dev.anagama.job.succeeded.v1}. */
  public static String type(JobEvent event) {
    return switch (event.getFactCase()) {
      case STARTED -> "dev.anagama.job.started.v1";
      case SUCCEEDED -> "dev.anagama.job.succeeded.v1";
      case FAILED -> "dev.anagama.job.failed.v1";
      case CANCELED -> "dev.anagama.job.canceled.v1";
      case EXPIRED -> "dev.anagama.job.expired.v1";
      case FACT_NOT_SET ->
          throw new IllegalArgumentException(
              "fact of event '%s' is not set; allowed: started, succeeded, failed, canceled, expired"
                  .formatted(event.getEventId()));
    };
  }

  private static Instant instant(Timestamp timestamp) {
    return Instant.ofEpochSecond(timestamp.getSeconds(), timestamp.getNanos());
  }
}
