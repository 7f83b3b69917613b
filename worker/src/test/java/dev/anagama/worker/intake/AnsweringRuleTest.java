package dev.anagama.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.contract.Topics;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.JobEvent;
import dev.anagama.v1.JobFailed;
import dev.anagama.v1.JobRecord;
import dev.anagama.worker.TestJobs;
import dev.anagama.worker.publish.PartitionLease;
import dev.anagama.worker.publish.StoredEnd;
import dev.anagama.worker.publish.TakenJob;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class AnsweringRuleTest {
  private static final GenerationJob JOB = TestJobs.of("j1", "m", 4);

  @Test
  void recordThatTheEndAnswers_tellsTheStoredEvent() {
    JobRecord record = record().setSource(taken(Topics.JOBS, 2, 7).source()).build();

    Optional<ProducerRecord<String, byte[]>> told = event(taken(Topics.JOBS, 2, 7), record);

    assertThat(told.orElseThrow().topic()).isEqualTo(Topics.EVENTS);
    assertThat(told.orElseThrow().value()).isEqualTo(record.getTerminalEvent().toByteArray());
  }

  @Test
  void everyOtherRecordOfTheJob_isSilent() {
    JobRecord record = record().setSource(taken(Topics.JOBS, 2, 7).source()).build();

    assertThat(event(taken(Topics.JOBS, 2, 8), record)).isEmpty();
    assertThat(event(taken(Topics.JOBS, 1, 7), record)).isEmpty();
    assertThat(event(taken(Topics.JOBS_BATCH, 2, 7), record)).isEmpty();
  }

  @Test
  void recordWithoutSource_answersTheSameJob() {
    JobRecord record = record().build();
    JobRecord another = record().setJob(TestJobs.of("j1", "m", 5)).build();

    assertThat(event(taken(Topics.JOBS, 2, 7), record)).isPresent();
    assertThat(event(taken(Topics.JOBS, 2, 7), another)).isEmpty();
  }

  private static Optional<ProducerRecord<String, byte[]>> event(TakenJob taken, JobRecord record) {
    return AnsweringRule.event(new StoredEnd(taken, record));
  }

  private static JobRecord.Builder record() {
    JobEvent event =
        JobEvent.newBuilder()
            .setEventId("j1:failed")
            .setJobId("j1")
            .setTenant("default")
            .setOccurredAt(JOB.getAcceptedAt())
            .setFailed(JobFailed.getDefaultInstance())
            .build();
    return JobRecord.newBuilder().setJob(JOB).setTerminalEvent(event);
  }

  private static TakenJob taken(String topic, int partition, long offset) {
    PartitionLease lease = new PartitionLease(new TopicPartition(topic, partition));
    return new TakenJob(JOB, lease, offset, 0);
  }
}
