package dev.anagama.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.util.JsonFormat;
import dev.anagama.contract.ResultKeys;
import dev.anagama.contract.Topics;
import dev.anagama.gateway.Samples;
import dev.anagama.gateway.errors.FieldProblem;
import dev.anagama.gateway.errors.Refusal;
import dev.anagama.gateway.errors.RefusalException;
import dev.anagama.gateway.models.ModelCatalog;
import dev.anagama.gateway.status.Capacity;
import dev.anagama.gateway.status.JobArchive;
import dev.anagama.gateway.status.JobHistory;
import dev.anagama.gateway.status.JobPlace;
import dev.anagama.gateway.status.JobTable;
import dev.anagama.gateway.status.ReadMarks;
import dev.anagama.gateway.status.Readiness;
import dev.anagama.platform.objectstore.FileObjectStore;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.JobRecord;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.JobState;
import dev.anagama.v1.Priority;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The path over Kafka's own test producer, which acknowledges when it is told to. */
class AdmissionPathTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-03-04T05:06:07Z"), ZoneOffset.UTC);

  @TempDir Path folder;
  private FileObjectStore store;
  private MockProducer<String, byte[]> kafka;
  private ReadMarks marks;
  private JobTable table;
  private Readiness readiness;
  private AdmissionPath path;

  @BeforeEach
  void open() {
    store = new FileObjectStore(folder);
    kafka = new MockProducer<>(false, null, new StringSerializer(), new ByteArraySerializer());
    marks = new ReadMarks();
    Capacity capacity = Samples.capacity(2);
    table = new JobTable(new JobTable.Limits(10, 10), capacity);
    readiness = new Readiness();
    for (Readiness.Need need : Readiness.Need.values()) {
      readiness.met(need);
    }
    ModelCatalog catalog = new ModelCatalog(Optional.empty(), CLOCK);
    catalog.accept(
        new ConsumerRecord<>(
            Topics.CONTROL,
            0,
            0,
            Samples.MODEL,
            Samples.published(Samples.MODEL, Samples.card()).toByteArray()));
    path =
        new AdmissionPath(
            readiness,
            new SpecResolver(catalog, CLOCK),
            new JobLog(kafka, marks, readiness),
            table,
            new JobHistory(table, new JobArchive(store, Samples.TENANT), readiness),
            new JobIds(CLOCK, new SplittableRandom(1)),
            CLOCK,
            capacity,
            Samples.TENANT);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void acknowledged_onlyOnceKafkaHoldsIt_andThenReadable() throws Exception {
    CompletableFuture<Admission> answer = path.admit(submission("j1", 1));

    assertThat(answer).isNotDone();
    assertThat(table.find("j1")).isEmpty();
    acknowledge();

    Admission admission = answer.getNow(null);
    assertThat(admission.created()).isTrue();
    assertThat(admission.job().getState()).isEqualTo(JobState.JOB_STATE_QUEUED);
    assertThat(table.find("j1").orElseThrow().view()).contains(admission.job());
    assertThat(kafka.history())
        .singleElement()
        .satisfies(
            record -> {
              assertThat(record.topic()).isEqualTo(Topics.JOBS);
              assertThat(record.key()).isEqualTo("j1");
              GenerationJob job = GenerationJob.parseFrom(record.value());
              assertThat(job.getTenant()).isEqualTo(Samples.TENANT);
              assertThat(job.getRequestSha256().size()).isEqualTo(32);
              assertThat(job.getAcceptedAt().getSeconds()).isEqualTo(CLOCK.millis() / 1000);
            });
  }

  @Test
  void withoutId_twoSubmissionsAreTwoJobs() {
    path.admit(new Submission(Optional.empty(), spec(1), List.of())).isDone();
    path.admit(new Submission(Optional.empty(), spec(1), List.of())).isDone();

    assertThat(kafka.history()).hasSize(2);
    assertThat(kafka.history().get(0).key()).isNotEqualTo(kafka.history().get(1).key());
  }

  @Test
  void sameIdWhileTheFirstIsOnItsWay_sharesItsAnswer() {
    CompletableFuture<Admission> first = path.admit(submission("j1", 1));
    CompletableFuture<Admission> second = path.admit(submission("j1", 1));
    CompletableFuture<Admission> other = path.admit(submission("j1", 2));
    acknowledge();

    assertThat(kafka.history()).hasSize(1);
    assertThat(first.getNow(null).created()).isTrue();
    assertThat(second.getNow(null).created()).isFalse();
    assertThat(second.getNow(null).job()).isEqualTo(first.getNow(null).job());
    assertThat(refusal(other)).isInstanceOf(Refusal.Conflict.class);
  }

  @Test
  void anotherRequestWhileTheFirstIsOnItsWay_isNoConflictWithWhatIsNotAccepted() {
    path.admit(submission("j1", 1)).isDone();
    CompletableFuture<Admission> other = path.admit(submission("j1", 2));
    kafka.errorNext(new TimeoutException("no answer in 10000 ms"));

    assertThat(refusal(other)).isInstanceOf(Refusal.Unavailable.class);
  }

  @Test
  void whileKafkaIsAway_isUnavailableAtOnce_butWhatIsKnownIsAnswered() {
    path.admit(submission("j1", 1)).isDone();
    acknowledge();
    readiness.lacking(Readiness.Need.KAFKA, "Kafka at x does not answer");

    assertThat(refusal(submission("j2", 1)))
        .isEqualTo(
            new Refusal.Unavailable("Kafka at x does not answer, so nothing can be accepted", 2));
    assertThat(path.admit(submission("j1", 1)).getNow(null).created()).isFalse();
    assertThat(kafka.history()).hasSize(1);
    readiness.met(Readiness.Need.KAFKA);
    assertThat(path.admit(submission("j2", 1))).isNotDone();
  }

  @Test
  void underItsCallersId_isAnsweredOnceItWasReadBack_andUnderAnotherAtOnce() {
    CompletableFuture<Admission> own = path.admit(submission("j1", 1));
    kafka.completeNext();
    assertThat(own).isNotDone();
    marks.read(new TopicPartition(Topics.JOBS, 0), 0);
    assertThat(own).isCompleted();

    CompletableFuture<Admission> made =
        path.admit(new Submission(Optional.empty(), spec(1), List.of()));
    kafka.completeNext();
    assertThat(made).isCompleted();
  }

  @ParameterizedTest
  @CsvSource({
    "PRIORITY_INTERACTIVE, anagama.jobs.interactive",
    "PRIORITY_STANDARD, anagama.jobs",
    "PRIORITY_UNSPECIFIED, anagama.jobs",
    "PRIORITY_BATCH, anagama.jobs.batch"
  })
  void eachPriority_hasItsTopic(Priority priority, String topic) {
    JobSpec spec = spec(1).toBuilder().setPriority(priority).build();
    CompletableFuture<Admission> answer =
        path.admit(new Submission(Optional.of("j1"), spec, List.of()));
    acknowledge();

    assertThat(answer).isCompleted();
    assertThat(kafka.history()).singleElement().matches(record -> record.topic().equals(topic));
  }

  @Test
  void anotherGatewaysJob_inTheTopicThatCounts_isAConflict_andInTheOtherIsNot() {
    GenerationJob theirs = Samples.job("j1");
    CompletableFuture<Admission> standard = path.admit(submission("j1", 1));
    table.accepted(theirs, JobPlace.of(Topics.JOBS_INTERACTIVE, 9));
    acknowledge();
    assertThatThrownBy(standard::join).hasMessageContaining("another spec");

    CompletableFuture<Admission> other = path.admit(submission("j2", 1));
    table.accepted(Samples.job("j2"), JobPlace.of(Topics.JOBS_BATCH, 0));
    acknowledge();
    assertThat(other.getNow(null).created()).isTrue();
  }

  @Test
  void contestedJobThatHasEnded_isToBeSentAgain() {
    CompletableFuture<Admission> answer = path.admit(submission("j1", 1));
    table.accepted(Samples.job("j1"), JobPlace.of(Topics.JOBS_BATCH, 0));
    table.ended(Samples.failed("j1", 9), 1);
    acknowledge();

    assertThatThrownBy(answer::join).hasMessageContaining("send it again");
  }

  @Test
  void sameIdLater_isTheJobAsItStands_orAConflict() {
    path.admit(submission("j1", 1)).isDone();
    acknowledge();
    table.started("j1", Samples.time(5));

    Admission again = path.admit(submission("j1", 1)).getNow(null);
    assertThat(again.created()).isFalse();
    assertThat(again.job().getState()).isEqualTo(JobState.JOB_STATE_RUNNING);
    assertThat(refusal(submission("j1", 2))).isInstanceOf(Refusal.Conflict.class);
    assertThat(kafka.history()).hasSize(1);
  }

  @Test
  void sameIdOfAnArchivedJob_isThatJob_orAConflict() throws Exception {
    GenerationJob job =
        Samples.job("j1").toBuilder().setRequestSha256(RequestDigest.of(spec(1))).build();
    JobRecord record =
        JobRecord.newBuilder().setJob(job).setTerminalEvent(Samples.succeeded(job, 8)).build();
    store.put(
        ResultKeys.manifest(Samples.TENANT, "j1"),
        JsonFormat.printer().print(record).getBytes(StandardCharsets.UTF_8),
        "application/json");

    assertThat(path.admit(submission("j1", 1)).getNow(null).job().getState())
        .isEqualTo(JobState.JOB_STATE_SUCCEEDED);
    assertThat(refusal(submission("j1", 2))).isInstanceOf(Refusal.Conflict.class);
    assertThat(kafka.history()).isEmpty();
  }

  @Test
  void kafkaFails_isUnavailable_andTheSameIdCanBeSentAgainAsTheSameJob() {
    CompletableFuture<Admission> first = path.admit(submission("j1", 1));
    kafka.errorNext(new TimeoutException("no answer in 10000 ms"));

    assertThat(first).isCompletedExceptionally();
    assertThatThrownBy(first::join)
        .hasCauseInstanceOf(RefusalException.class)
        .hasMessageContaining("not accepted");
    assertThat(table.find("j1")).isEmpty();

    CompletableFuture<Admission> second = path.admit(submission("j1", 1));
    acknowledge();
    assertThat(second.getNow(null).created()).isTrue();
    assertThat(kafka.history()).hasSize(2);
    assertThat(kafka.history().get(0).value()).isEqualTo(kafka.history().get(1).value());
  }

  @Test
  void anotherGatewaysEarlierJob_withAnotherSpec_isAConflict() {
    CompletableFuture<Admission> answer = path.admit(submission("j1", 1));
    table.accepted(Samples.job("j1"), JobPlace.of(Topics.JOBS, -1));
    acknowledge();

    assertThatThrownBy(answer::join)
        .cause()
        .isInstanceOfSatisfying(
            RefusalException.class,
            e -> assertThat(e.refusal()).isInstanceOf(Refusal.Conflict.class));
  }

  @Test
  void invalid_isRefused_andTheIdStaysFree() {
    Submission unread =
        new Submission(
            Optional.of("j1"), spec(1), List.of(new FieldProblem("x", "1", "no such field")));
    assertThat(refusal(unread)).isInstanceOf(Refusal.Invalid.class);
    assertThat(refusal(submission("a/b", 1))).isInstanceOf(Refusal.Invalid.class);

    assertThat(path.admit(submission("j1", 1))).isNotDone();
    assertThat(kafka.history()).hasSize(1);
  }

  @Test
  void tooManyLiveJobs_isOverCapacity_untilOneEnds() {
    for (String id : List.of("j1", "j2")) {
      path.admit(submission(id, 1)).isDone();
      acknowledge();
    }
    assertThat(refusal(submission("j3", 1)).detail())
        .isEqualTo(
            "2 jobs are queued or running, and the job would add 1; allowed: 2"
                + " (anagama.gateway.live-jobs-limit)");
    // What is there already costs nothing.
    assertThat(path.admit(submission("j1", 1))).isDone();

    table.ended(Samples.failed("j1", 9), 1);
    assertThat(path.admit(submission("j3", 1))).isNotDone();
  }

  @Test
  void jobsOnTheirWay_takeUpRoom_untilKafkaRefusesThem() {
    path.admit(submission("j1", 1)).isDone();
    path.admit(submission("j2", 1)).isDone();
    assertThat(refusal(submission("j3", 1))).isInstanceOf(Refusal.OverCapacity.class);

    kafka.errorNext(new TimeoutException("no answer in 10000 ms"));
    assertThat(path.admit(submission("j3", 1))).isNotDone();
    assertThat(refusal(submission("j4", 1))).isInstanceOf(Refusal.OverCapacity.class);
  }

  @Test
  void whileThePastIsUnknown_isUnavailable() {
    readiness.lacking(Readiness.Need.JOBS, "not read yet");

    assertThat(refusal(submission("j1", 1))).isInstanceOf(Refusal.Unavailable.class);
    assertThat(kafka.history()).isEmpty();
  }

  /** Kafka holds what was sent first, and the gateway has read what it holds so far. */
  private void acknowledge() {
    kafka.completeNext();
    for (String topic : Topics.ALL_JOBS) {
      kafka.history().stream()
          .filter(record -> record.topic().equals(topic))
          .forEach(record -> marks.read(new TopicPartition(topic, 0), kafka.history().size()));
    }
  }

  private static Refusal refusal(CompletableFuture<Admission> refused) {
    CompletionException failure = catchThrowableOfType(CompletionException.class, refused::join);
    return ((RefusalException) Objects.requireNonNull(failure.getCause())).refusal();
  }

  private Refusal refusal(Submission submission) {
    return catchThrowableOfType(RefusalException.class, () -> path.admit(submission)).refusal();
  }

  private static Submission submission(String id, long seed) {
    return new Submission(Optional.of(id), spec(seed), List.of());
  }

  private static JobSpec spec(long seed) {
    return JobSpec.newBuilder().setClassLabel(1).setSeed(seed).build();
  }
}
