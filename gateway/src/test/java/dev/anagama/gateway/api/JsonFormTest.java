package dev.anagama.gateway.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.anagama.contract.Topics;
import dev.anagama.gateway.Samples;
import dev.anagama.gateway.errors.FieldProblem;
import dev.anagama.gateway.errors.Refusal;
import dev.anagama.gateway.models.ModelCatalog;
import dev.anagama.gateway.status.JobEntry;
import dev.anagama.gateway.status.JobPlace;
import dev.anagama.v1.ControlEvent;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.GuidanceInterval;
import dev.anagama.v1.GuidanceProjection;
import dev.anagama.v1.Job;
import dev.anagama.v1.JobEvent;
import dev.anagama.v1.Priority;
import dev.anagama.v1.Schedule;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The public JSON, to the character. These files are what callers rely on: a field may be added to
 * them, but none renamed, moved or given another form.
 */
class JsonFormTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.ofEpochSecond(Samples.time(60).getSeconds()), ZoneOffset.UTC);

  private static final ObjectMapper PRETTY =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final ModelCatalog catalog = new ModelCatalog(Optional.empty(), CLOCK);
  private final JobJson json = new JobJson(catalog);

  @BeforeEach
  void publish() {
    accept(Samples.MODEL, Samples.published(Samples.MODEL, Samples.card()));
  }

  @Test
  void queuedJob() throws Exception {
    GenerationJob job =
        Samples.job("j1").toBuilder()
            .setSpec(
                Samples.spec().toBuilder()
                    .clearClassLabel()
                    .setGuidanceInterval(
                        GuidanceInterval.newBuilder().setMinLogSnr(-3).setMaxLogSnr(4.5))
                    .setGuidanceRescale(0.7)
                    .setDynamicThreshold(0.995)
                    .setGuidanceProjection(
                        GuidanceProjection.newBuilder()
                            .setEta(0)
                            .setNormLimit(15)
                            .setMomentum(-0.5))
                    .setSchedule(Schedule.SCHEDULE_COSINE)
                    .setEta(0.5))
            .build();
    assertGolden("job-queued.json", json.of(view(entry(job))));
  }

  @Test
  void runningJob() throws Exception {
    JobEntry entry =
        entry(Samples.job("j1"))
            .withStarted(Samples.time(2))
            .withProgress(Samples.progress("j1", 3, 20));
    assertGolden("job-running.json", json.of(view(entry)));
  }

  @Test
  void succeededJob() throws Exception {
    GenerationJob job = Samples.job("j1");
    JobEntry entry = entry(job).withTerminal(Samples.succeeded(job, 8), 0);
    assertGolden("job-succeeded.json", json.of(view(entry)));
  }

  @Test
  void failedJob() throws Exception {
    JobEntry entry =
        entry(Samples.job("j1"))
            .withStarted(Samples.time(2))
            .withTerminal(Samples.failed("j1", 8), 0);
    assertGolden("job-failed.json", json.of(view(entry)));
  }

  @Test
  void failedJob_amongTheDeadLetters_saysSo() {
    JobEvent.Builder end = Samples.failed("j1", 8).toBuilder();
    end.getFailedBuilder().setDeadLettered(true);
    ObjectNode job = json.of(view(entry(Samples.job("j1")).withTerminal(end.build(), 0)));
    assertThat(job.get("error").get("dead_lettered").asBoolean()).isTrue();
  }

  @Test
  void canceledJob_isWithoutError_andKeepsItsUrgency() throws Exception {
    GenerationJob job =
        Samples.job("j1").toBuilder()
            .setSpec(
                Samples.spec().toBuilder()
                    .setPriority(Priority.PRIORITY_INTERACTIVE)
                    .setDeadline(Samples.time(30)))
            .build();
    JobEntry entry =
        entry(job).withStarted(Samples.time(2)).withTerminal(Samples.canceled("j1", 8), 0);
    assertGolden("job-canceled.json", json.of(view(entry)));
  }

  @Test
  void expiredJob_neverBegun() {
    ObjectNode job =
        json.of(view(entry(Samples.job("j1")).withTerminal(Samples.expired("j1", 8), 0)));
    assertThat(job.get("state").asText()).isEqualTo("expired");
    assertThat(job.has("started_at")).isFalse();
    assertThat(job.get("ended_at").asText()).isEqualTo("2026-01-01T00:00:08Z");
  }

  @Test
  void models() throws Exception {
    accept("fashion/v1@w1", Samples.served("v1", "w1", 30));
    accept("fashion/v2@w2", Samples.refused("v2", "w2", 30));
    assertGolden("models.json", ModelJson.all(Models.all(catalog)));
  }

  @Test
  void problem() throws Exception {
    Reply reply =
        Reply.problem(
            Refusal.Invalid.fields(
                List.of(
                    new FieldProblem("num_images", "65", "an integer from 1 to 64"),
                    new FieldProblem(
                        "num_image", "4", "a known field; did you mean num_images?"))));
    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.headers()).containsEntry("Content-Type", "application/problem+json");
    assertGolden("problem.json", (ObjectNode) PRETTY.readTree(reply.body().getBytes()));
  }

  @Test
  void classOfAModelThatIsGone_hasNoName() {
    ObjectNode gone =
        new JobJson(new ModelCatalog(Optional.empty(), CLOCK)).of(view(entry(Samples.job("j1"))));
    assertThat(gone.get("spec").has("class_label")).isTrue();
    assertThat(gone.get("spec").has("class_name")).isFalse();
  }

  private void accept(String key, ControlEvent event) {
    catalog.accept(new ConsumerRecord<>(Topics.CONTROL, 0, 0, key, event.toByteArray()));
  }

  private static JobEntry entry(GenerationJob job) {
    return JobEntry.UNKNOWN.withJob(job, JobPlace.STORED);
  }

  private static Job view(JobEntry entry) {
    return entry.view().orElseThrow();
  }

  private static void assertGolden(String name, ObjectNode actual) throws Exception {
    try (var golden = JsonFormTest.class.getResourceAsStream(name)) {
      String expected =
          new String(Objects.requireNonNull(golden, name).readAllBytes(), StandardCharsets.UTF_8);
      assertThat(PRETTY.writeValueAsString(actual)).isEqualToNormalizingNewlines(expected.strip());
    }
  }
}
