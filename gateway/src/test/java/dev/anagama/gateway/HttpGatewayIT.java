package dev.anagama.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.util.Timestamps;
import dev.anagama.gateway.HttpCaller.Answer;
import dev.anagama.v1.ControlEvent;
import dev.anagama.v1.GenerationJob;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpGatewayIT {
  private static final String BODY =
      "{\"class_name\": \"trouser\", \"num_images\": 2, \"seed\": 7}";

  /** Those of a gateway; the broker in this process starts and ends threads as it likes. */
  private static final String GATEWAY_THREADS =
      "(anagama|vert|kafka-producer|kafka-admin|kafka-consumer).*";

  @TempDir static Path folder;
  private static Harness harness;
  private static Gateway gateway;
  private static HttpCaller http;

  @BeforeAll
  static void open() throws Exception {
    harness = new Harness(folder);
    harness.publishModel();
    gateway = harness.readyGateway(Map.of());
    http = new HttpCaller(gateway);
  }

  @AfterAll
  static void close() throws Exception {
    harness.close();
  }

  @Test
  void job_fromQueuedToSucceeded() throws Exception {
    Answer posted = http.post(BODY);
    assertThat(posted.status()).isEqualTo(202);
    String id = posted.json().get("id").asText();
    assertThat(posted.header("Location")).isEqualTo("/v1/jobs/" + id);
    assertThat(posted.json().get("state").asText()).isEqualTo("queued");
    assertThat(posted.json().get("spec"))
        .hasToString(
            "{\"model\":\"fashion\",\"class_label\":1,\"class_name\":\"Trouser\",\"num_images\":2,"
                + "\"seed\":7,\"num_inference_steps\":50,\"guidance_scale\":3.0,"
                + "\"sampler\":\"ddim\",\"schedule\":\"edm\",\"eta\":0.0,"
                + "\"priority\":\"standard\"}");
    // The very next read must know the job.
    assertThat(job(id).get("state").asText()).isEqualTo("queued");
    assertThat(http.get("/v1/jobs/" + id + "/images/0").status()).isEqualTo(409);

    GenerationJob job = harness.worker.take(id);
    harness.worker.start(job);
    awaitState(id, "running");
    harness.worker.progress(job, 20);
    await().until(() -> job(id).path("progress").path("steps_done").asInt() == 20);

    harness.worker.succeed(job);
    JsonNode ended = http.get("/v1/jobs/" + id + "?wait=30").json();
    assertThat(ended.get("state").asText()).isEqualTo("succeeded");
    assertThat(ended.get("images")).hasSize(2);
    assertThat(ended.get("progress").get("images_done").asInt()).isEqualTo(2);
    assertThat(ended.get("provenance").get("checkpoint_version").asText()).isEqualTo("v1");
    assertThat(ended.has("ended_at")).isTrue();
    assertImage(id, ended.get("images").get(1));
  }

  private static void assertImage(String id, JsonNode image) throws Exception {
    String url = image.get("url").asText();
    Answer answer = http.get(url);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.response().body()).isEqualTo(TestWorker.bytes(id, 1));
    assertThat(answer.header("Content-Type")).isEqualTo("image/png");
    assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
    String tag = answer.header("ETag");
    assertThat(tag).isEqualTo("\"" + image.get("sha256").asText() + "\"");

    Answer known = http.send(http.request(url).header("If-None-Match", tag).GET().build());
    assertThat(known.status()).isEqualTo(304);
    assertThat(known.response().body()).isEmpty();
    Answer head = http.send(http.request(url).method("HEAD", BodyPublishers.noBody()).build());
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.response().body()).isEmpty();

    String images = "/v1/jobs/" + id + "/images/";
    assertThat(http.get(images + "2").status()).isEqualTo(404);
    assertThat(http.get(images + "-1").status()).isEqualTo(404);
    assertThat(http.get(images + "first").status()).isEqualTo(404);
  }

  @Test
  void wait_endsWithTheJob_orWithTheTime() throws Exception {
    String id = http.post(BODY).json().get("id").asText();
    long begun = System.nanoTime();
    assertThat(http.get("/v1/jobs/" + id + "?wait=1").json().get("state").asText())
        .isEqualTo("queued");
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofMillis(950));

    CompletableFuture<Answer> waiting = http.getLater("/v1/jobs/" + id + "?wait=60");
    GenerationJob job = harness.worker.take(id);
    assertThat(waiting).isNotDone();
    harness.worker.succeed(job);
    assertThat(waiting.get(2, TimeUnit.MINUTES).json().get("state").asText())
        .isEqualTo("succeeded");
  }

  @Test
  void put_isTheSameJobForTheSameBody_andAConflictForAnother() throws Exception {
    Answer first = http.put("put-1", BODY);
    assertThat(first.status()).isEqualTo(202);
    assertThat(first.header("Location")).isEqualTo("/v1/jobs/put-1");

    Answer again = http.put("put-1", "{\"seed\":7,\"num_images\":2,  \"class_name\":\"trouser\"}");
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.json()).isEqualTo(first.json());

    Answer other = http.put("put-1", "{\"seed\": 8}");
    assertThat(other.status()).isEqualTo(409);
    assertThat(other.json().get("category").asText()).isEqualTo("conflict");
    assertThat(harness.worker.recordsOf("put-1")).hasSize(1);
  }

  @Test
  void concurrentIdenticalPuts_areOneRecord() throws Exception {
    List<CompletableFuture<Answer>> answers = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      answers.add(http.putLater("put-2", BODY));
    }
    int created = 0;
    for (CompletableFuture<Answer> answer : answers) {
      int status = answer.get(2, TimeUnit.MINUTES).status();
      assertThat(status).isIn(200, 202);
      created += status == 202 ? 1 : 0;
    }
    assertThat(created).isEqualTo(1);
    assertThat(harness.worker.recordsOf("put-2")).hasSize(1);
  }

  @Test
  void idempotencyKey_makesARetryTheSameJob() throws Exception {
    Answer first = http.post(BODY, "Idempotency-Key", "order 4711");
    Answer again = http.post(BODY, "Idempotency-Key", "order 4711");
    assertThat(first.status()).isEqualTo(202);
    assertThat(again.status()).isEqualTo(202);
    String id = first.json().get("id").asText();
    assertThat(again.json().get("id").asText()).isEqualTo(id);
    assertThat(harness.worker.recordsOf(id)).hasSize(1);

    assertThat(http.post("{}", "Idempotency-Key", "order 4711").status()).isEqualTo(409);
    assertThat(http.post("{}", "Idempotency-Key", "").status()).isEqualTo(400);
    assertThat(http.post("{}", "Idempotency-Key", "a", "Idempotency-Key", "b").status())
        .isEqualTo(400);
  }

  @Test
  void everyProblemOfABody_isToldAtOnce() throws Exception {
    Answer answer =
        http.post(
            "{\"num_image\": 4, \"seed\": \"x\", \"guidance_scale\": 99, \"class_name\": \"Hat\"}");

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(answer.json().get("status").asInt()).isEqualTo(400);
    assertThat(answer.json().get("errors")).hasSize(4);
    assertThat(answer.json().findValuesAsText("field"))
        .containsExactly("num_image", "seed", "guidance_scale", "class_name");
    assertThat(answer.text()).contains("T-shirt, Trouser, Ankle boot", "num_images");
  }

  @Test
  void unreadableBodies_areRefused() throws Exception {
    Answer nan = http.post("{\n \"guidance_scale\": NaN}");
    assertThat(nan.status()).isEqualTo(400);
    assertThat(nan.json().get("detail").asText()).contains("line 2");
    assertThat(http.post("").status()).isEqualTo(400);
    assertThat(http.post("{\"model\": \"" + "x".repeat(70_000) + "\"}").status()).isEqualTo(413);

    Answer type =
        http.send(
            http.request("/v1/jobs")
                .header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofString("{}"))
                .build());
    assertThat(type.status()).isEqualTo(415);
    assertThat(
            http.send(http.request("/v1/jobs").POST(BodyPublishers.ofString("{}")).build())
                .status())
        .isEqualTo(415);
    assertThat(http.post("{}", "Content-Encoding", "gzip").status()).isEqualTo(415);
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/jobs/nobody, 404, not_found",
    "/v1/jobs/nobody?wait=5, 404, not_found",
    "/v1/jobs/nobody/images/0, 404, not_found",
    "/v1/jobs/-bad, 400, invalid",
    "/v1/jobs/a%2Fb, 400, invalid",
    "/v1/jobs/nobody?wait=61, 400, invalid",
    "/v1/jobs/nobody?wait=-1, 400, invalid",
    "/v1/jobs/nobody?wait=1.5, 400, invalid",
    "/v1/jobs/nobody?wait=1&wait=2, 400, invalid",
    "/v1/jobs/nobody?wiat=1, 400, invalid",
    "/v1/models/nobody, 404, not_found",
    "/v1/nothing, 404, not_found",
    "/v1/jobs/x/y/z, 404, not_found",
    "/v1/jobs, 405, wrong_method"
  })
  void get_refused(String path, int status, String category) throws Exception {
    Answer answer = http.get(path);

    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(answer.json().get("category").asText()).isEqualTo(category);
    assertThat(answer.json().get("detail").asText()).isNotBlank();
  }

  @ParameterizedTest
  @CsvSource({
    "DELETE, /v1/jobs, POST",
    "PATCH, /v1/jobs/x, 'PUT, GET, HEAD, DELETE'",
    "POST, /v1/models, 'GET, HEAD'",
    "POST, /healthz, 'GET, HEAD'"
  })
  void wrongMethod_saysWhichAreAllowed(String method, String path, String allowed)
      throws Exception {
    Answer answer = http.send(http.request(path).method(method, BodyPublishers.noBody()).build());

    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.header("Allow")).isEqualTo(allowed);
  }

  @Test
  void put_malformedId_isRefused() throws Exception {
    Answer answer = http.put("-x", BODY);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().findValuesAsText("field")).containsExactly("id");
  }

  @Test
  void models_areListedAndRead() throws Exception {
    JsonNode models = http.get("/v1/models").json().get("models");
    assertThat(models).hasSize(1);
    assertThat(http.get("/v1/models/fashion").json()).isEqualTo(models.get(0));
    assertThat(models.get(0).get("is_default").asBoolean()).isTrue();
  }

  @Test
  void refusedCheckpoint_isNamedAndLeavesTheGatewayReady() throws Exception {
    ControlEvent said = Samples.refused("v2", "w1", 0);
    ControlEvent now =
        said.toBuilder().setOccurredAt(Timestamps.fromMillis(System.currentTimeMillis())).build();
    harness.worker.report("fashion/v2@w1", now);

    await().until(() -> http.get("/healthz").json().get("refused_checkpoints").size() == 1);
    JsonNode refused = http.get("/healthz").json().get("refused_checkpoints").get(0);
    assertThat(refused.get("worker").asText()).isEqualTo("w1");
    assertThat(refused.get("reason").asText()).contains("there is no object");
    assertThat(http.get("/v1/models/fashion").json().get("refused").get(0)).isEqualTo(refused);
    assertThat(http.get("/v1/models/fashion").json().get("version").asText()).isEqualTo("v1");
    assertThat(http.get("/readyz").status()).isEqualTo(200);
  }

  @Test
  void healthReadinessAndPage() throws Exception {
    assertThat(http.get("/healthz").json().get("status").asText()).isEqualTo("live");
    assertThat(http.get("/readyz").status()).isEqualTo(200);
    Answer page = http.get("/");
    assertThat(page.header("Content-Type")).startsWith("text/html");
    assertThat(page.text()).contains("POST /v1/jobs", "fashion", "Ankle boot");
  }

  @Test
  void anotherGateway_knowsTheJobs_fromTopicsAndArchive() throws Exception {
    for (String id : List.of("old-1", "old-2", "old-3")) {
      http.put(id, BODY);
      harness.worker.succeed(harness.worker.take(id));
    }
    http.put("old-4", BODY);
    harness.worker.start(harness.worker.take("old-4"));

    // With room for one ended job, the others must come from the archive.
    try (Gateway other = harness.readyGateway(Map.of("ended-jobs-kept", "1"))) {
      HttpCaller caller = new HttpCaller(other);
      for (String id : List.of("old-1", "old-2", "old-3")) {
        assertThat(caller.get("/v1/jobs/" + id).json().get("state").asText())
            .isEqualTo("succeeded");
        assertThat(caller.get("/v1/jobs/" + id + "/images/0").status()).isEqualTo(200);
        assertThat(caller.put(id, BODY).status()).isEqualTo(200);
        assertThat(caller.put(id, "{}").status()).isEqualTo(409);
      }
      assertThat(caller.get("/v1/jobs/old-4").json().get("state").asText()).isEqualTo("running");
      assertThat(caller.put("old-4", BODY).status()).isEqualTo(200);
    }
  }

  @Test
  void pathThatCanNotBeDecoded_isAProblem() throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.httpPort())) {
      write(socket, "GET /v1/jobs/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(answer)
          .startsWith("HTTP/1.1 400")
          .contains("application/problem+json", "can not be read")
          .doesNotContain("Exception");
    }
  }

  @Test
  void close_leavesNoThread() throws Exception {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    harness.readyGateway(Map.of()).close();

    await()
        .untilAsserted(
            () ->
                assertThat(Thread.getAllStackTraces().keySet())
                    .filteredOn(thread -> !before.contains(thread))
                    .extracting(Thread::getName)
                    .noneMatch(name -> name.matches(GATEWAY_THREADS)));
  }

  @Test
  void portInUse_saysSo() {
    String port = Integer.toString(gateway.httpPort());
    assertThatThrownBy(() -> harness.gateway(Map.of("http-port", port)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("HTTP can not listen at 127.0.0.1:" + port);
  }

  private static void write(Socket socket, String request) throws IOException {
    socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
    socket.getOutputStream().flush();
  }

  private static JsonNode job(String id) throws Exception {
    return http.get("/v1/jobs/" + id).json();
  }

  private static void awaitState(String id, String state) {
    await().until(() -> job(id).get("state").asText().equals(state));
  }
}
