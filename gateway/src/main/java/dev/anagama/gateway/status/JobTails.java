package dev.anagama.gateway.status;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.JobEvent;
import dev.anagama.v1.JobProgress;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns records of the topics about jobs into changes of a {@link JobTable}. */
public final class JobTails {
  private static final Logger log = LoggerFactory.getLogger(JobTails.class);

  private final JobTable table;
  private final ReadMarks marks;
  private final String tenant;

  /** Feeds {@code table} with the jobs of {@code tenant}, and marks how far it has. */
  public JobTails(JobTable table, ReadMarks marks, String tenant) {
    this.table = table;
    this.marks = marks;
    this.tenant = tenant;
  }

  /** Takes a record of one of the topics of jobs. */
  public void job(ConsumerRecord<String, byte[]> record) {
    decoded(
        record,
        () -> {
          GenerationJob job = GenerationJob.parseFrom(record.value());
          if (job.getTenant().equals(tenant) && !job.getJobId().isEmpty()) {
            table.accepted(job, JobPlace.of(record.topic(), record.offset()));
          }
        });
    marks.read(new TopicPartition(record.topic(), record.partition()), record.offset());
  }

  /** Takes a record of the events topic. */
  public void event(ConsumerRecord<String, byte[]> record) {
    decoded(
        record,
        () -> {
          JobEvent event = JobEvent.parseFrom(record.value());
          if (event.getTenant().equals(tenant) && !event.getJobId().isEmpty()) {
            apply(event, record.offset());
          }
        });
  }

  /** Takes a record of the progress topic. */
  public void progress(ConsumerRecord<String, byte[]> record) {
    decoded(record, () -> table.progressed(JobProgress.parseFrom(record.value())));
  }

  private void apply(JobEvent event, long offset) {
    switch (event.getFactCase()) {
      case STARTED -> table.started(event.getJobId(), event.getOccurredAt());
      case SUCCEEDED, FAILED, CANCELED, EXPIRED -> table.ended(event, offset);
      case FACT_NOT_SET ->
          log.warn("event '{}' tells a fact unknown here; it is passed over", event.getEventId());
    }
  }

  @FunctionalInterface
  private interface Decoding {
    void run() throws InvalidProtocolBufferException;
  }

  /** Others write these topics; what can not be read is said and passed over. */
  private static void decoded(ConsumerRecord<String, byte[]> record, Decoding decoding) {
    if (record.value() == null) {
      return;
    }
    try {
      decoding.run();
    } catch (InvalidProtocolBufferException e) {
      log.warn(
          "record {}-{}@{} can not be decoded; it is passed over: {}",
          record.topic(),
          record.partition(),
          record.offset(),
          e.getMessage());
    }
  }
}
