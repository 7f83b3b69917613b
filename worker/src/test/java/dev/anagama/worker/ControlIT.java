package dev.anagama.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.util.Timestamps;
import dev.anagama.contract.Topics;
import dev.anagama.v1.CheckpointServed;
import dev.anagama.v1.ControlEvent;
import dev.anagama.v1.JobEvent;
import dev.anagama.worker.control.KeptProfiles;
import dev.anagama.worker.control.ModelStatus;
import dev.anagama.worker.control.ModelStatus.Placement;
import dev.anagama.worker.schedule.ForwardProfile.Point;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Devices, measured row limits, reports and the health page, against a real broker and files. */
class ControlIT {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  @TempDir static Path folder;
  private static TestCluster cluster;

  @BeforeAll
  static void startCluster() throws Exception {
    cluster = new TestCluster(folder);
    cluster.publish("tiny", "1", 5);
  }

  @AfterAll
  static void stopCluster() {
    cluster.close();
  }

  @Test
  void twoEngines_shareTheJobsOfOneWorker() throws Exception {
    Map<String, String> settings = Map.of("anagama.worker.devices", "cpu,cpu");
    try (Worker worker = cluster.startWorker("two", settings)) {
      for (int i = 0; i < 40; i++) {
        cluster.submit(TestJobs.of("two-" + i, "tiny", 30));
      }
      await().atMost(PATIENCE).until(() -> ends("two-").size() == 40);

      assertThat(worker.failure()).isEmpty();
      assertThat(worker.engineReports()).hasSize(2);
      assertThat(worker.engineReports()).allMatch(report -> report.networkRows() > 100);
      assertThat(worker.report().networkRows()).isGreaterThanOrEqualTo(2 * 40 * 30);
      assertThat(status(worker, "tiny").served().orElseThrow().placements())
          .extracting(Placement::device)
          .containsExactly("cpu", "cpu");
    }
    assertThat(ends("two-").values())
        .allMatch(ends -> ends.size() == 1 && ends.get(0).hasSucceeded());
  }

  @Test
  void rowLimit_isMeasuredUnlessAProfileWasKept() throws Exception {
    try (Worker worker = cluster.startWorker("limited")) {
      assertThat(placement(worker).rowLimit()).isEqualTo(8);
    }

    Map<String, String> auto = Map.of("anagama.worker.row-limit", "auto");
    try (Worker worker = cluster.startWorker("auto-1", auto)) {
      cluster.submit(TestJobs.with("auto-job", TestJobs.spec("tiny").setNumImages(64)));
      await().atMost(PATIENCE).until(() -> ends("auto-").size() == 1);
      assertThat(worker.failure()).isEmpty();
      assertThat(placement(worker).measured()).isIn("measured now", "measured on a busy machine");
      assertThat(placement(worker).rowLimit()).isBetween(2, 128);
      assertThat(placement(worker).rowsPerSecond()).isPositive();
    }

    Path cached = folder.resolve("cache/tiny/1");
    Path file = KeptProfiles.write(cached, 1, new Point(1, 0.01), new Point(6, 0.02));
    try (Worker worker = cluster.startWorker("auto-2", auto)) {
      assertThat(placement(worker))
          .isEqualTo(new Placement("cpu", "float32", 6, 1, 300, "measured before"));
    }

    Files.writeString(file, "{}");
    try (Worker worker = cluster.startWorker("auto-3", auto)) {
      assertThat(placement(worker).measured()).isIn("measured now", "measured on a busy machine");
    }
  }

  @Test
  void reports_sayWhatIsServedAndRefused_andGoWithTheWorker() throws Exception {
    cluster.publish("told", "1", 5);
    cluster.send("told/0@reporter", report("reporter", System.currentTimeMillis()));
    cluster.send("told/0@gone", report("gone", 0));
    cluster.send("told/0@other", report("other", System.currentTimeMillis()));
    try (Worker worker = cluster.startWorker("reporter")) {
      awaitReports("told/0@other", "told/1@reporter");

      cluster.announce("told", "2", "0".repeat(64));
      await().atMost(PATIENCE).until(() -> reports("told").containsKey("told/2@reporter"));
      ControlEvent refused = Objects.requireNonNull(reports("told").get("told/2@reporter"));
      assertThat(refused.getRefused().getReason())
          .contains("there is no object checkpoints/told/2/manifest.json");
      assertThat(refused.getRefused().getDevice()).isEqualTo("cpu");
      assertThat(status(worker, "told").servedVersion()).contains("1");

      cluster.publish("told", "3", 6);
      awaitReports("told/0@other", "told/3@reporter");
      assertThat(worker.failure()).isEmpty();
    }
    awaitReports("told/0@other");
  }

  @Test
  void healthPage_tellsEnginesModelsAndRefusals() throws Exception {
    Map<String, String> settings = Map.of("anagama.worker.health-port", "0");
    try (Worker worker = cluster.startWorker("healthy", settings)) {
      cluster.announce("tiny", "9", "0".repeat(64));
      await().atMost(PATIENCE).until(() -> status(worker, "tiny").refusal().isPresent());

      HttpResponse<String> health = get(worker, "/healthz");
      assertThat(health.statusCode()).isEqualTo(200);
      JsonNode json = new ObjectMapper().readTree(health.body());
      assertThat(json.at("/status").asText()).isEqualTo("live");
      assertThat(json.at("/worker").asText()).isEqualTo("healthy");
      assertThat(json.at("/engines/0/device").asText()).isEqualTo("cpu");
      assertThat(json.at("/engines/0/busy_share").isNumber()).isTrue();
      assertThat(json.at("/memory/resident_bytes").asLong()).isGreaterThan(10_000_000);
      JsonNode tiny = model(json, "tiny");
      assertThat(tiny.at("/served/version").asText()).isEqualTo("1");
      assertThat(tiny.at("/served/devices/0/row_limit").asInt()).isEqualTo(8);
      assertThat(tiny.at("/refused/version").asText()).isEqualTo("9");
      assertThat(tiny.at("/refused/reason").asText()).contains("there is no object");

      assertThat(get(worker, "/readyz").statusCode()).isEqualTo(200);
      assertThat(get(worker, "/healthz/x").statusCode()).isEqualTo(404);
      assertThat(get(worker, "/").statusCode()).isEqualTo(404);
    } finally {
      cluster.publish("tiny", "1", 5);
    }
  }

  private static JsonNode model(JsonNode health, String name) {
    for (JsonNode model : health.get("models")) {
      if (model.get("name").asText().equals(name)) {
        return model;
      }
    }
    throw new AssertionError(name + " is not in " + health);
  }

  private static HttpResponse<String> get(Worker worker, String path) throws Exception {
    URI uri =
        URI.create("http://127.0.0.1:%d%s".formatted(worker.healthPort().orElseThrow(), path));
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }

  private static Placement placement(Worker worker) {
    return status(worker, "tiny").served().orElseThrow().placements().get(0);
  }

  private static ModelStatus status(Worker worker, String model) {
    return Objects.requireNonNull(worker.models().get(model));
  }

  private static Map<String, List<JobEvent>> ends(String prefix) throws Exception {
    Map<String, List<JobEvent>> ends = new HashMap<>(cluster.ends());
    ends.keySet().removeIf(id -> !id.startsWith(prefix));
    return ends;
  }

  /** What is new is said before what is out of date is taken back. */
  private static void awaitReports(String... keys) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(reports("told")).containsOnlyKeys(keys));
  }

  private static ControlEvent report(String worker, long saidMillis) {
    return ControlEvent.newBuilder()
        .setOccurredAt(Timestamps.fromMillis(saidMillis))
        .setServed(CheckpointServed.newBuilder().setModel("told").setVersion("0").setWorker(worker))
        .build();
  }

  /** The last report under each key, as the compacted topic keeps it. */
  private static Map<String, ControlEvent> reports(String model) throws Exception {
    Map<String, ControlEvent> last = new TreeMap<>();
    for (ConsumerRecord<String, byte[]> record : cluster.read(Topics.CONTROL)) {
      if (record.key().startsWith(model + "/")) {
        if (record.value() == null) {
          last.remove(record.key());
        } else {
          last.put(record.key(), ControlEvent.parseFrom(record.value()));
        }
      }
    }
    return last;
  }
}
