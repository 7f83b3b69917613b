package dev.anagama.deploy.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import dev.anagama.bench.TinyModel;
import dev.anagama.deploy.client.CallException;
import dev.anagama.deploy.client.GatewayClient;
import dev.anagama.deploy.client.ServerAddress;
import dev.anagama.deploy.demo.TerminalEvents;
import dev.anagama.deploy.standalone.StandaloneOptions.Ports;
import dev.anagama.v1.Job;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.JobState;
import dev.anagama.v1.Priority;
import dev.anagama.v1.SubmitJobRequest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Jobs that are cancelled or late, through the gateway, a real broker and the engine. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CancellationIT {
  /** So much work, two images at a time, that only its end by another way is seen in a test. */
  private static final JobSpec ENDLESS =
      JobSpec.newBuilder()
          .setClassLabel(0)
          .setNumImages(64)
          .setNumInferenceSteps(1000)
          .setSeed(1)
          .build();

  /** From a wish or a deadline to the end, on a machine that is busy otherwise. */
  private static final long SOON_MILLIS = 60_000;

  private final HttpClient http = HttpClient.newHttpClient();
  private Standalone service;
  private GatewayClient client;

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    Path checkpoint = TinyModel.write(folder.resolve("checkpoint")).folder();
    service =
        Standalone.start(
            new StandaloneOptions(
                folder.resolve("data"),
                checkpoint,
                Ports.ANY,
                Optional.empty(),
                Map.of(
                    // All jobs in one partition, and few rows: who comes first is known.
                    "anagama.kafka.job-partitions", "1",
                    "anagama.worker.row-limit", "4",
                    "anagama.worker.precision", "float32")),
            Clock.systemUTC());
    client = GatewayClient.of(new ServerAddress("127.0.0.1", service.grpcPort()));
  }

  @AfterAll
  void close() {
    client.close();
    service.close();
  }

  @Test
  void cancelled_runningAndQueued_endSoon_andTheNeighbourDoesNotNotice() throws Exception {
    JobSpec neighbour = ENDLESS.toBuilder().setNumImages(1).setClassLabel(1).setSeed(5).build();
    submit("neighbour", neighbour);
    submit("running", ENDLESS);
    submit("queued", ENDLESS);
    awaitState("running", JobState.JOB_STATE_RUNNING);

    // The one that waits first, while the other still runs.
    assertThat(client.cancel("queued").getState()).isEqualTo(JobState.JOB_STATE_QUEUED);
    Job queued = ended("queued");
    Timestamp asked = Timestamps.now();
    HttpResponse<String> running = delete("running");
    assertThat(running.statusCode()).as(running.body()).isEqualTo(202);
    assertThat(running.body()).contains("\"state\":\"running\"");
    Job ran = ended("running");
    Job beside = ended("neighbour");

    assertThat(queued.getState()).isEqualTo(JobState.JOB_STATE_CANCELED);
    assertThat(queued.hasStartedAt()).isFalse();
    assertThat(ran.getState()).isEqualTo(JobState.JOB_STATE_CANCELED);
    assertThat(Timestamps.compare(ran.getStartedAt(), beside.getEndedAt())).isNegative();
    assertThat(millis(asked, ran.getEndedAt())).isBetween(0L, SOON_MILLIS);
    assertThat(delete("running").statusCode()).isEqualTo(200);

    assertThat(beside.getState()).isEqualTo(JobState.JOB_STATE_SUCCEEDED);
    submit("alone", neighbour);
    assertThat(ended("alone").getState()).isEqualTo(JobState.JOB_STATE_SUCCEEDED);
    assertThat(client.image("alone", 0).getData())
        .isEqualTo(client.image("neighbour", 0).getData());
    assertOneEndEach("neighbour", "running", "queued", "alone");
  }

  @Test
  void deadline_passedWhileRunningAndWhileQueued_expires() {
    submit("before", JobSpec.newBuilder().setNumInferenceSteps(1).build());
    assertThat(ended("before").getState()).isEqualTo(JobState.JOB_STATE_SUCCEEDED);
    // Far less than the work takes on a fast machine, far more than the start on a slow one.
    Timestamp deadline = Timestamps.add(Timestamps.now(), Durations.fromMillis(5_000));
    JobSpec late = ENDLESS.toBuilder().setDeadline(deadline).build();
    submit("late-1", late);
    submit("late-2", late);
    // There are rows for one of them; of equal deadlines either may be first.
    await()
        .atMost(Duration.ofMinutes(3))
        .until(
            () -> client.get("late-1", 0).hasStartedAt() || client.get("late-2", 0).hasStartedAt());

    for (String id : List.of("late-1", "late-2")) {
      Job job = ended(id);
      assertThat(job.getState()).as(job.toString()).isEqualTo(JobState.JOB_STATE_EXPIRED);
      assertThat(millis(deadline, job.getEndedAt())).isBetween(0L, SOON_MILLIS);
    }
    assertThatThrownBy(() -> client.cancel("late-1"))
        .isInstanceOf(CallException.class)
        .hasMessageContaining("'late-1' has ended expired");
    assertOneEndEach("before", "late-1", "late-2");
  }

  @Test
  void interactiveJob_endsWhileABatchJobOfAllRowsRuns() {
    submit("patient", ENDLESS.toBuilder().setPriority(Priority.PRIORITY_BATCH).build());
    awaitState("patient", JobState.JOB_STATE_RUNNING);
    submit(
        "urgent",
        ENDLESS.toBuilder()
            .setNumInferenceSteps(20)
            .setPriority(Priority.PRIORITY_INTERACTIVE)
            .build());

    assertThat(ended("urgent").getState()).isEqualTo(JobState.JOB_STATE_SUCCEEDED);
    assertThat(client.get("patient", 0).getState()).isEqualTo(JobState.JOB_STATE_RUNNING);
    client.cancel("patient");
    assertThat(ended("patient").getState()).isEqualTo(JobState.JOB_STATE_CANCELED);
    assertOneEndEach("urgent", "patient");
  }

  @Test
  void cancel_ofAFinishedJob_isAConflict() throws Exception {
    submit("finished", JobSpec.getDefaultInstance());
    assertThat(ended("finished").getState()).isEqualTo(JobState.JOB_STATE_SUCCEEDED);

    HttpResponse<String> answer = delete("finished");

    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(answer.body()).contains("has ended succeeded");
    assertThat(ended("finished").getState()).isEqualTo(JobState.JOB_STATE_SUCCEEDED);
    assertOneEndEach("finished");
  }

  @Test
  void cancels_thatRaceWithTheEnd_leaveOneEnd() throws Exception {
    String[] ids = new String[24];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = "race-" + i;
      submit(ids[i], JobSpec.newBuilder().setNumInferenceSteps(20 + 10 * i).build());
    }
    for (String id : ids) {
      assertThat(delete(id).statusCode()).isIn(200, 202, 409);
    }
    for (String id : ids) {
      assertThat(ended(id).getState())
          .isIn(JobState.JOB_STATE_SUCCEEDED, JobState.JOB_STATE_CANCELED);
    }
    assertOneEndEach(ids);
  }

  private void submit(String id, JobSpec spec) {
    client.submit(SubmitJobRequest.newBuilder().setId(id).setSpec(spec).build());
  }

  private void awaitState(String id, JobState state) {
    await()
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> client.get(id, 0).getState() == state);
  }

  private Job ended(String id) {
    Job job = client.get(id, 60);
    assertThat(job.hasEndedAt()).as(job.toString()).isTrue();
    return job;
  }

  private HttpResponse<String> delete(String id) throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + service.httpPort() + "/v1/jobs/" + id);
    return http.send(HttpRequest.newBuilder(uri).DELETE().build(), BodyHandlers.ofString());
  }

  private void assertOneEndEach(String... ids) {
    Map<String, Integer> ends = TerminalEvents.byJob(service.kafka());
    for (String id : ids) {
      assertThat(ends.get(id)).as("terminal events of " + id).isEqualTo(1);
    }
  }

  private static long millis(Timestamp from, Timestamp to) {
    return Durations.toMillis(Timestamps.between(from, to));
  }
}
