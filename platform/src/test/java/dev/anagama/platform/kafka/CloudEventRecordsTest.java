package dev.anagama.platform.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.protobuf.Timestamp;
import dev.anagama.contract.Topics;
import dev.anagama.v1.JobCanceled;
import dev.anagama.v1.JobEvent;
import dev.anagama.v1.JobExpired;
import dev.anagama.v1.JobFailed;
import dev.anagama.v1.JobStarted;
import dev.anagama.v1.JobSucceeded;
import io.cloudevents.CloudEvent;
import io.cloudevents.kafka.KafkaMessageFactory;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

class CloudEventRecordsTest {
  private static final JobEvent SUCCEEDED =
      JobEvent.newBuilder()
          .setEventId("j1:succeeded")
          .setJobId("j1")
          .setTenant("default")
          .setOccurredAt(Timestamp.newBuilder().setSeconds(1_767_225_600).setNanos(5_000_000))
          .setSucceeded(JobSucceeded.getDefaultInstance())
          .build();

  @Test
  void of_event_isKeyedByJobOnTheEventsTopic() throws Exception {
    ProducerRecord<String, byte[]> record = CloudEventRecords.of(SUCCEEDED);

    assertThat(record.topic()).isEqualTo(Topics.EVENTS);
    assertThat(record.key()).isEqualTo("j1");
    assertThat(JobEvent.parseFrom(record.value())).isEqualTo(SUCCEEDED);
  }

  @Test
  void of_event_hasTheBinaryModeHeaders() {
    Map<String, String> headers = new HashMap<>();
    CloudEventRecords.of(SUCCEEDED)
        .headers()
        .forEach(h -> headers.put(h.key(), new String(h.value(), UTF_8)));

    assertThat(headers)
        .containsOnly(
            Map.entry("ce_specversion", "1.0"),
            Map.entry("ce_id", "j1:succeeded"),
            Map.entry("ce_source", "/anagama/worker"),
            Map.entry("ce_type", "dev.anagama.job.succeeded.v1"),
            Map.entry("ce_subject", "j1"),
            Map.entry("ce_time", "2026-01-01T00:00:00.005Z"),
            Map.entry("content-type", "application/protobuf"));
  }

  @Test
  void of_event_isReadByACloudEventsLibrary() {
    ProducerRecord<String, byte[]> record = CloudEventRecords.of(SUCCEEDED);

    CloudEvent read = KafkaMessageFactory.createReader(record.headers(), record.value()).toEvent();

    assertThat(read.getId()).isEqualTo("j1:succeeded");
    assertThat(read.getTime()).isEqualTo(OffsetDateTime.parse("2026-01-01T00:00:00.005Z"));
    assertThat(read.getDataContentType()).isEqualTo("application/protobuf");
  }

  @Test
  void type_eachFact_hasItsOwn() {
    JobEvent.Builder event = SUCCEEDED.toBuilder();

    assertThat(CloudEventRecords.type(SUCCEEDED)).isEqualTo("dev.anagama.job.succeeded.v1");
    assertThat(CloudEventRecords.type(event.setFailed(JobFailed.getDefaultInstance()).build()))
        .isEqualTo("dev.anagama.job.failed.v1");
    assertThat(CloudEventRecords.type(event.setCanceled(JobCanceled.getDefaultInstance()).build()))
        .isEqualTo("dev.anagama.job.canceled.v1");
    assertThat(CloudEventRecords.type(event.setExpired(JobExpired.getDefaultInstance()).build()))
        .isEqualTo("dev.anagama.job.expired.v1");
    assertThat(CloudEventRecords.type(event.setStarted(JobStarted.getDefaultInstance()).build()))
        .isEqualTo("dev.anagama.job.started.v1");
  }

  @Test
  void of_noFact_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CloudEventRecords.of(SUCCEEDED.toBuilder().clearFact().build()))
        .withMessageContaining("fact of event 'j1:succeeded' is not set");
  }

  @Test
  void of_noId_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CloudEventRecords.of(SUCCEEDED.toBuilder().clearEventId().build()))
        .withMessageContaining("event_id is ''");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CloudEventRecords.of(SUCCEEDED.toBuilder().clearJobId().build()))
        .withMessageContaining("job_id is ''");
  }
}
