package dev.anagama.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.util.JsonFormat;
import dev.anagama.contract.ResultKeys;
import dev.anagama.contract.Topics;
import dev.anagama.gateway.Samples;
import dev.anagama.gateway.errors.Refusal;
import dev.anagama.gateway.errors.RefusalException;
import dev.anagama.gateway.status.JobArchive;
import dev.anagama.gateway.status.JobHistory;
import dev.anagama.gateway.status.JobPlace;
import dev.anagama.gateway.status.JobTable;
import dev.anagama.gateway.status.ReadMarks;
import dev.anagama.gateway.status.Readiness;
import dev.anagama.platform.objectstore.FileObjectStore;
import dev.anagama.v1.CancelRequested;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.Job;
import dev.anagama.v1.JobEvent;
import dev.anagama.v1.JobRecord;
import dev.anagama.v1.JobState;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The path over Kafka's own test producer, which acknowledges when it is told to. */
class CancelPathTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-03-04T05:06:07Z"), ZoneOffset.UTC);

  @TempDir Path folder;
  private FileObjectStore store;
  private MockProducer<String, byte[]> kafka;
  private JobTable table;
  private Readiness readiness;
  private CancelPath path;

  @BeforeEach
  void open() {
    store = new FileObjectStore(folder);
    kafka = new MockProducer<>(false, null, new StringSerializer(), new ByteArraySerializer());
    table = new JobTable(new JobTable.Limits(10, 10), Samples.capacity(100));
    readiness = new Readiness();
    for (Readiness.Need need : Readiness.Need.values()) {
      readiness.met(need);
    }
    JobHistory history = new JobHistory(table, new JobArchive(store, Samples.TENANT), readiness);
    path =
        new CancelPath(
            new JobLog(kafka, new ReadMarks(), readiness), history, CLOCK, Samples.TENANT);
    table.accepted(Samples.job("j1"), JobPlace.of(Topics.JOBS, 3));
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void acknowledged_onlyOnceKafkaHoldsTheWish_andTheStateStays() throws Exception {
    table.started("j1", Samples.time(5));

    CompletableFuture<Job> answer = path.cancel("j1");

    assertThat(answer).isNotDone();
    kafka.completeNext();
    assertThat(answer.getNow(null).getState()).isEqualTo(JobState.JOB_STATE_RUNNING);
    assertThat(table.find("j1").orElseThrow().ended()).isFalse();
    assertThat(kafka.history())
        .singleElement()
        .satisfies(
            record -> {
              assertThat(record.topic()).isEqualTo(Topics.CANCELLATIONS);
              assertThat(record.key()).isEqualTo("j1");
              CancelRequested wish = CancelRequested.parseFrom(record.value());
              assertThat(wish.getJobId()).isEqualTo("j1");
              assertThat(wish.getTenant()).isEqualTo(Samples.TENANT);
              assertThat(wish.getRequestedAt().getSeconds()).isEqualTo(CLOCK.millis() / 1000);
            });
  }

  @Test
  void kafkaFails_isUnavailable() {
    CompletableFuture<Job> answer = path.cancel("j1");
    kafka.errorNext(new TimeoutException("no answer in 10000 ms"));

    assertThatThrownBy(answer::join)
        .cause()
        .isInstanceOfSatisfying(
            RefusalException.class,
            e -> assertThat(e.refusal()).isInstanceOf(Refusal.Unavailable.class))
        .hasMessageContaining("has not confirmed the cancellation");
  }

  @Test
  void whileKafkaIsAway_isUnavailableAtOnce() {
    readiness.lacking(Readiness.Need.KAFKA, "Kafka at x does not answer");

    assertThat(refusal("j1")).isInstanceOf(Refusal.Unavailable.class);
    assertThat(kafka.history()).isEmpty();
  }

  @Test
  void canceledAlready_isTheJob_andNothingIsSent() {
    table.ended(Samples.canceled("j1", 9), 1);

    Job job = path.cancel("j1").getNow(null);

    assertThat(job.getState()).isEqualTo(JobState.JOB_STATE_CANCELED);
    assertThat(job.getEndedAt()).isEqualTo(Samples.time(9));
    assertThat(kafka.history()).isEmpty();
  }

  @Test
  void endedOtherwise_namesItsState() throws Exception {
    table.ended(Samples.expired("j1", 9), 1);
    archive(Samples.job("old"), Samples.succeeded(Samples.job("old"), 8));

    assertThat(refusal("j1"))
        .isEqualTo(
            new Refusal.Ended(
                "job 'j1' has ended expired; only a queued or running job can be cancelled"));
    assertThat(refusal("old").detail()).contains("has ended succeeded");
    assertThat(kafka.history()).isEmpty();
  }

  @Test
  void unknownAndMalformed_areRefused() {
    assertThat(refusal("nobody")).isEqualTo(new Refusal.NotFound("there is no job 'nobody'"));
    assertThat(refusal("a/b")).isInstanceOf(Refusal.Invalid.class);
    readiness.lacking(Readiness.Need.JOBS, "not read yet");
    assertThat(refusal("nobody")).isInstanceOf(Refusal.Unavailable.class);
  }

  private void archive(GenerationJob job, JobEvent end) throws Exception {
    JobRecord record = JobRecord.newBuilder().setJob(job).setTerminalEvent(end).build();
    store.put(
        ResultKeys.manifest(Samples.TENANT, job.getJobId()),
        JsonFormat.printer().print(record).getBytes(StandardCharsets.UTF_8),
        "application/json");
  }

  private Refusal refusal(String id) {
    return catchThrowableOfType(RefusalException.class, () -> path.cancel(id)).refusal();
  }
}
