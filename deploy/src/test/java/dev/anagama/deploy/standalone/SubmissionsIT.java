package dev.anagama.deploy.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.anagama.bench.TinyModel;
import dev.anagama.deploy.client.CallException;
import dev.anagama.deploy.client.GatewayClient;
import dev.anagama.deploy.client.ServerAddress;
import dev.anagama.deploy.demo.TerminalEvents;
import dev.anagama.deploy.standalone.StandaloneOptions.Ports;
import dev.anagama.v1.Job;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.JobState;
import dev.anagama.v1.SubmitJobRequest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A thousand submissions of a hundred ids, from the gateway to what is stored and told. */
final class SubmissionsIT {
  private static final int IDS = 100;
  private static final int SUBMISSIONS = 1000;
  private static final int CALLERS = 16;
  private static final int UNAVAILABLE = 503;

  /** A gateway that believes Kafka to be away for a moment refuses all for some seconds. */
  private static final long TRYING_NANOS = TimeUnit.MINUTES.toNanos(2);

  private final HttpClient http = HttpClient.newHttpClient();

  @Test
  void thousandSubmissions_ofAHundredIds_giveAHundredResults(@TempDir Path folder)
      throws Exception {
    Path checkpoint = TinyModel.write(folder.resolve("checkpoint")).folder();
    StandaloneOptions options =
        new StandaloneOptions(
            folder.resolve("data"),
            checkpoint,
            Ports.ANY,
            Optional.empty(),
            Map.of(
                "anagama.kafka.job-partitions", "2",
                "anagama.worker.row-limit", "16"));
    ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
    try (Standalone service = Standalone.start(options, Clock.systemUTC());
        GatewayClient client =
            GatewayClient.of(new ServerAddress("127.0.0.1", service.grpcPort()))) {
      List<Future<Boolean>> answers = new ArrayList<>();
      for (int i = 0; i < SUBMISSIONS; i++) {
        int number = i;
        answers.add(callers.submit(() -> submit(service, client, number)));
      }
      for (Future<Boolean> answer : answers) {
        assertThat(answer.get(5, TimeUnit.MINUTES)).isTrue();
      }

      Set<String> ids =
          IntStream.range(0, IDS).mapToObj(SubmissionsIT::id).collect(Collectors.toSet());
      for (String id : ids) {
        Job job = client.get(id, GatewayClient.MAX_WAIT_SECONDS);
        assertThat(job.getState()).as(job.toString()).isEqualTo(JobState.JOB_STATE_SUCCEEDED);
      }
      assertThat(TerminalEvents.byJob(service.kafka()).keySet()).isEqualTo(ids);
      assertThat(TerminalEvents.byJob(service.kafka()).values()).containsOnly(1);
      assertThat(stored(options.storeFolder(), "manifest.json")).isEqualTo(IDS);
      assertThat(stored(options.storeFolder(), "0.png")).isEqualTo(IDS);
      assertOtherBodyIsRefused(client);
    } finally {
      callers.shutdownNow();
    }
  }

  /** As a caller does who is told to send it again. */
  private boolean submit(Standalone service, GatewayClient client, int number) throws Exception {
    long startNanos = System.nanoTime();
    while (System.nanoTime() - startNanos < TRYING_NANOS) {
      int status = number / IDS % 2 == 0 ? overGrpc(client, number) : overHttp(service, number);
      if (status != UNAVAILABLE) {
        return status == 200 || status == 202;
      }
      Thread.sleep(20);
    }
    return false;
  }

  private static int overGrpc(GatewayClient client, int number) {
    String id = id(number % IDS);
    try {
      client.submit(SubmitJobRequest.newBuilder().setId(id).setSpec(spec(number % IDS)).build());
      return 200;
    } catch (CallException e) {
      if (e.reason() == CallException.Reason.UNAVAILABLE) {
        return UNAVAILABLE;
      }
      throw e;
    }
  }

  private int overHttp(Standalone service, int number) throws Exception {
    String id = id(number % IDS);
    URI uri = URI.create("http://127.0.0.1:" + service.httpPort() + "/v1/jobs/" + id);
    String body = "{\"seed\": %d, \"num_inference_steps\": 4}".formatted(number % IDS);
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .header("Content-Type", "application/json")
            .PUT(BodyPublishers.ofString(body))
            .build();
    return http.send(request, BodyHandlers.ofString()).statusCode();
  }

  private static void assertOtherBodyIsRefused(GatewayClient client) {
    Job before = client.get(id(7), 0);
    SubmitJobRequest other = SubmitJobRequest.newBuilder().setId(id(7)).setSpec(spec(8)).build();
    assertThatThrownBy(() -> client.submit(other))
        .isInstanceOf(CallException.class)
        .hasMessageContaining("belongs to a job with another spec");
    assertThat(client.get(id(7), 0)).isEqualTo(before);
  }

  private static JobSpec spec(int number) {
    return JobSpec.newBuilder().setSeed(number).setNumInferenceSteps(4).build();
  }

  private static String id(int number) {
    return "id-" + number;
  }

  private static long stored(Path store, String name) throws IOException {
    try (Stream<Path> files = Files.walk(store.resolve("results"))) {
      return files.filter(file -> file.getFileName().toString().equals(name)).count();
    }
  }
}
