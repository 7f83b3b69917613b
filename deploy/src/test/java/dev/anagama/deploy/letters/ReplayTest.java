package dev.anagama.deploy.letters;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Timestamps;
import dev.anagama.contract.DeadLetterHeaders;
import dev.anagama.contract.Identifiers;
import dev.anagama.contract.Topics;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.Priority;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ReplayTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final byte[] POISON = {1, 2, 3};

  private static final GenerationJob JOB =
      GenerationJob.newBuilder()
          .setJobId("job-1")
          .setTenant("default")
          .setSpec(JobSpec.newBuilder().setModel("tiny").setSeed(7).setNumImages(2))
          .setAcceptedAt(Timestamps.fromMillis(1000))
          .build();

  @Test
  void job_becomesANewJobOfTheSameSpec() throws Exception {
    Replay.Anew anew = anew(letter(JOB, 3));

    GenerationJob sent = GenerationJob.parseFrom(anew.record().value());
    assertThat(anew.record().key()).isEqualTo(sent.getJobId()).isEqualTo(anew.jobId());
    assertThat(sent.getJobId()).startsWith("job-1-replay-");
    assertThat(sent.getAcceptedAt()).isEqualTo(Timestamps.fromMillis(NOW.toEpochMilli()));
    assertThat(sent.toBuilder().setJobId(JOB.getJobId()).setAcceptedAt(JOB.getAcceptedAt()).build())
        .isEqualTo(JOB);
    assertThat(anew.deadlineDropped()).isFalse();
  }

  @Test
  void job_deadlineThatHasPassed_isDropped() throws Exception {
    Replay.Anew anew = anew(letter(withDeadline(NOW), 3));
    assertThat(anew.deadlineDropped()).isTrue();
    assertThat(GenerationJob.parseFrom(anew.record().value()).getSpec().hasDeadline()).isFalse();
  }

  @Test
  void job_deadlineToCome_isKept() throws Exception {
    Replay.Anew anew = anew(letter(withDeadline(NOW.plusMillis(1)), 3));
    assertThat(anew.deadlineDropped()).isFalse();
    assertThat(GenerationJob.parseFrom(anew.record().value()).getSpec().getDeadline())
        .isEqualTo(Timestamps.fromMillis(NOW.toEpochMilli() + 1));
  }

  @ParameterizedTest
  @CsvSource({
    "PRIORITY_INTERACTIVE, anagama.jobs.interactive",
    "PRIORITY_STANDARD, anagama.jobs",
    "PRIORITY_UNSPECIFIED, anagama.jobs",
    "PRIORITY_BATCH, anagama.jobs.batch"
  })
  void job_goesToTheTopicOfItsPriority(Priority priority, String topic) {
    GenerationJob.Builder job = JOB.toBuilder();
    job.getSpecBuilder().setPriority(priority);
    assertThat(anew(letter(job.build(), 3)).record().topic()).isEqualTo(topic);
  }

  @Test
  void newId_followsFromTheLetter() {
    String id = anew(letter(JOB, 3)).jobId();
    assertThat(anew(letter(JOB, 3)).jobId()).isEqualTo(id);
    assertThat(anew(letter(JOB, 4)).jobId()).isNotEqualTo(id);
    assertThat(anew(letter(JOB.toBuilder().setJobId("job-2").build(), 3)).jobId()).isNotEqualTo(id);
  }

  @Test
  void newId_ofALongOne_isWellFormed() {
    String longest = "x".repeat(Identifiers.MAX_LENGTH);
    String id = anew(letter(JOB.toBuilder().setJobId(longest).build(), 3)).jobId();
    assertThat(id).matches(Identifiers.ID).hasSize(Identifiers.MAX_LENGTH);
    String other = longest.substring(1) + "y";
    assertThat(anew(letter(JOB.toBuilder().setJobId(other).build(), 3)).jobId()).isNotEqualTo(id);
  }

  @Test
  void newId_ofAReplayedJob_keepsTheFirstInFront() {
    String first = anew(letter(JOB, 3)).jobId();
    String second = anew(letter(JOB.toBuilder().setJobId(first).build(), 9)).jobId();
    assertThat(second).startsWith("job-1-replay-").hasSameSizeAs(first).isNotEqualTo(first);
  }

  @Test
  void undecodable_goesBackAsItCame() {
    Headers headers = source(Topics.JOBS_BATCH);
    headers.add("traceparent", "00-1".getBytes(UTF_8));
    headers.add(DeadLetterHeaders.REASON, "no job".getBytes(UTF_8));

    Replay replay = Replay.of(letter(POISON, 3, headers), NOW);

    assertThat(replay).isInstanceOf(Replay.AsItCame.class);
    var record = ((Replay.AsItCame) replay).record();
    assertThat(record.topic()).isEqualTo(Topics.JOBS_BATCH);
    assertThat(record.key()).isEqualTo("key");
    assertThat(record.value()).isEqualTo(POISON);
    assertThat(record.headers()).extracting(header -> header.key()).containsExactly("traceparent");
  }

  @Test
  void undecodable_fromNoTopicOfJobs_isImpossible() {
    assertThat(Replay.of(letter(POISON, 3, new RecordHeaders()), NOW))
        .isInstanceOfSatisfying(
            Replay.Impossible.class,
            impossible -> assertThat(impossible.why()).contains("nowhere", Topics.JOBS));
    assertThat(Replay.of(letter(POISON, 3, source(Topics.CONTROL)), NOW))
        .isInstanceOfSatisfying(
            Replay.Impossible.class,
            impossible -> assertThat(impossible.why()).contains("'anagama.control'"));
  }

  @Test
  void noValue_isImpossible() {
    assertThat(Replay.of(letter((byte @Nullable []) null, 3, source(Topics.JOBS)), NOW))
        .isInstanceOf(Replay.Impossible.class);
  }

  @Test
  void headers_ofAnEarlierVersion_leaveBlanks() {
    LetterHeaders headers = letter(POISON, 3, source(Topics.JOBS)).summary().headers();
    assertThat(headers.source()).hasValue(new LetterHeaders.Source(Topics.JOBS, 2, 5));
    assertThat(headers.category()).isEmpty();
    assertThat(headers.attempts()).isEmpty();
    assertThat(headers.givenUpAt()).isEmpty();
  }

  @Test
  void headers_thatMakeNoSense_leaveBlanks() {
    Headers raw = source(Topics.JOBS);
    raw.add(DeadLetterHeaders.ATTEMPTS, "many".getBytes(UTF_8));
    raw.add(DeadLetterHeaders.GIVEN_UP_AT, "lately".getBytes(UTF_8));
    raw.add(DeadLetterHeaders.SOURCE_OFFSET, "-5".getBytes(UTF_8));
    DeadLetter.Summary letter = letter(POISON, 3, raw).summary();
    assertThat(letter.headers())
        .isEqualTo(
            new LetterHeaders(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
    assertThat(letter.when()).isEqualTo(NOW.minusSeconds(60));
  }

  private static GenerationJob withDeadline(Instant deadline) {
    GenerationJob.Builder job = JOB.toBuilder();
    job.getSpecBuilder().setDeadline(Timestamps.fromMillis(deadline.toEpochMilli()));
    return job.build();
  }

  private static Replay.Anew anew(DeadLetter letter) {
    Replay replay = Replay.of(letter, NOW);
    assertThat(replay).isInstanceOf(Replay.Anew.class);
    return (Replay.Anew) replay;
  }

  private static DeadLetter letter(GenerationJob job, long offset) {
    return letter(job.toByteArray(), offset, source(Topics.JOBS));
  }

  private static DeadLetter letter(byte @Nullable [] value, long offset, Headers headers) {
    return DeadLetter.of(
        new ConsumerRecord<>(
            Topics.DEAD_LETTERS,
            0,
            offset,
            NOW.minusSeconds(60).toEpochMilli(),
            TimestampType.CREATE_TIME,
            3,
            value == null ? 0 : value.length,
            "key",
            value,
            headers,
            Optional.empty()));
  }

  private static Headers source(String topic) {
    Headers headers = new RecordHeaders();
    headers.add(DeadLetterHeaders.SOURCE_TOPIC, topic.getBytes(UTF_8));
    headers.add(DeadLetterHeaders.SOURCE_PARTITION, "2".getBytes(UTF_8));
    headers.add(DeadLetterHeaders.SOURCE_OFFSET, "5".getBytes(UTF_8));
    return headers;
  }
}
