package dev.anagama.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.anagama.gateway.HttpCaller.Answer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One gateway, from before there is a model, over the loss of Kafka, to its return. */
class KafkaLossIT {
  private static final String BODY = "{\"seed\": 7}";

  @TempDir static Path folder;

  @Test
  void nothingIsAcknowledgedThatKafkaDoesNotHold_andTheGatewayRecovers() throws Exception {
    try (Harness harness = new Harness(folder)) {
      Gateway gateway = harness.readyGateway(Map.of());
      HttpCaller http = new HttpCaller(gateway);

      Answer early = http.put("j1", BODY);
      assertThat(early.status()).isEqualTo(503);
      assertThat(early.header("Retry-After")).isNotEmpty();
      assertThat(early.json().get("detail").asText()).contains("no checkpoint is published yet");
      harness.publishModel();
      await().until(() -> http.get("/v1/models").json().get("models").size() == 1);
      assertThat(http.put("j1", BODY).status()).isEqualTo(202);

      harness.stopBroker();
      long begun = System.nanoTime();
      CompletableFuture<Answer> another = http.putLater("j3", BODY);
      CompletableFuture<Answer> cancel = http.deleteLater("j1");
      Answer lost = http.put("j2", BODY);
      assertThat(lost.status()).isEqualTo(503);
      assertThat(lost.header("Retry-After")).isNotEmpty();
      assertThat(lost.json().get("category").asText()).isEqualTo("unavailable");
      assertThat(another.get(30, TimeUnit.SECONDS).status()).isEqualTo(503);
      assertThat(cancel.get(30, TimeUnit.SECONDS).status()).isEqualTo(503);
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(20));
      assertThat(http.get("/v1/jobs/j2").status()).isEqualTo(404);
      // What is known is still told, and the probe says what is wrong.
      assertThat(http.get("/v1/jobs/j1").status()).isEqualTo(200);
      assertThat(http.get("/healthz").status()).isEqualTo(200);
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () -> {
                Answer ready = http.get("/readyz");
                assertThat(ready.status()).isEqualTo(503);
                assertThat(ready.text()).contains("Kafka at", "does not answer");
              });

      harness.startBroker();
      assertThat(gateway.awaitReady(Duration.ofSeconds(60))).isTrue();
      assertThat(harness.worker.recordsOf("j2")).isEmpty();
      assertThat(harness.worker.recordsOf("j3")).isEmpty();
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(http.put("j2", BODY).status()).isIn(200, 202));
      harness.worker.succeed(harness.worker.take("j2"));
      assertThat(http.get("/v1/jobs/j2?wait=30").json().get("state").asText())
          .isEqualTo("succeeded");
    }
  }

  @Test
  void startedBeforeKafka_isLive_andReadyOnceKafkaIsThere(@TempDir Path other) throws Exception {
    try (Harness harness = new Harness(other)) {
      harness.publishModel();
      harness.stopBroker();
      Gateway gateway = harness.gateway(Map.of());
      HttpCaller http = new HttpCaller(gateway);
      assertThat(http.get("/healthz").status()).isEqualTo(200);
      assertThat(http.get("/readyz").status()).isEqualTo(503);
      assertThat(http.put("j1", BODY).status()).isEqualTo(503);
      // It can not know yet whether there is such a job.
      assertThat(http.get("/v1/jobs/j1").status()).isEqualTo(503);

      harness.startBroker();
      assertThat(gateway.awaitReady(Duration.ofSeconds(90))).isTrue();
      assertThat(http.put("j1", BODY).status()).isEqualTo(202);
    }
  }
}
