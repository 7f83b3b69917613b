package dev.anagama.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import dev.anagama.contract.Topics;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.Priority;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs of each priority in their topics, seen by two gateways. */
class RoutingIT {
  @TempDir static Path folder;
  private static Harness harness;
  private static List<HttpCaller> gateways;

  @BeforeAll
  static void open() throws Exception {
    harness = new Harness(folder);
    harness.publishModel();
    gateways =
        List.of(
            new HttpCaller(harness.readyGateway(Map.of())),
            new HttpCaller(harness.readyGateway(Map.of())));
  }

  @AfterAll
  static void close() throws Exception {
    harness.close();
  }

  @Test
  void eachPriority_goesToItsTopic_andEveryGatewayKnowsIt() throws Exception {
    Map<String, String> topics =
        Map.of(
            "interactive", Topics.JOBS_INTERACTIVE,
            "standard", Topics.JOBS,
            "batch", Topics.JOBS_BATCH);
    for (Map.Entry<String, String> each : topics.entrySet()) {
      String id = "route-" + each.getKey();
      String body = "{\"priority\": \"%s\"}".formatted(each.getKey());
      assertThat(gateways.get(0).put(id, body).status()).isEqualTo(202);

      GenerationJob job = harness.worker.take(id);
      assertThat(harness.worker.topicsOf(id)).containsExactly(each.getValue());
      awaitState(gateways.get(1), id, "queued");
      assertThat(gateways.get(1).put(id, body).status()).isEqualTo(200);
      harness.worker.succeed(job);
      for (HttpCaller gateway : gateways) {
        awaitState(gateway, id, "succeeded");
      }
    }
  }

  @Test
  void twoRequestsUnderOneId_areOneJob_theOneWhoseEndIsTold() throws Exception {
    // What gateways leave behind that were asked for both at the same moment.
    GenerationJob batch = raced("raced", Priority.PRIORITY_BATCH, 1);
    GenerationJob interactive = raced("raced", Priority.PRIORITY_INTERACTIVE, 2);
    harness.worker.append(Topics.JOBS_BATCH, batch);
    harness.worker.append(Topics.JOBS_INTERACTIVE, interactive);
    for (HttpCaller gateway : gateways) {
      await().until(() -> seed(gateway, "raced") == 2);
    }

    harness.worker.succeed(batch);

    for (HttpCaller gateway : gateways) {
      awaitState(gateway, "raced", "succeeded");
      assertThat(seed(gateway, "raced")).isEqualTo(1);
      assertThat(gateway.get("/v1/jobs/raced/images/0").status()).isEqualTo(200);
      assertThat(gateway.put("raced", "{\"seed\": 3}").status()).isEqualTo(409);
      assertThat(gateway.delete("raced").status()).isEqualTo(409);
    }
    try (Gateway later = harness.readyGateway(Map.of())) {
      assertThat(seed(new HttpCaller(later), "raced")).isEqualTo(1);
    }
  }

  private static GenerationJob raced(String id, Priority priority, int number) {
    GenerationJob.Builder job = Samples.job(id).toBuilder();
    job.getSpecBuilder().setPriority(priority).setSeed(number);
    return job.setRequestSha256(ByteString.copyFrom(new byte[] {(byte) number})).build();
  }

  private static int seed(HttpCaller gateway, String id) throws Exception {
    JsonNode job = gateway.get("/v1/jobs/" + id).json();
    return job.path("spec").path("seed").asInt();
  }

  private static void awaitState(HttpCaller gateway, String id, String state) {
    await().until(() -> gateway.get("/v1/jobs/" + id).json().path("state").asText().equals(state));
  }
}
