package dev.anagama.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.anagama.gateway.HttpCaller.Answer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway over the killing of its broker and the broker's return. */
class BrokerKillIT {
  private static final String BODY = "{\"seed\": 7}";

  /** From the moment that the gateway knows; most of it is the machine being busy otherwise. */
  private static final Duration AT_ONCE = Duration.ofSeconds(2);

  /** The producer's bound, and as much again for a machine that is busy otherwise. */
  private static final Duration PRODUCERS_BOUND = Duration.ofSeconds(20);

  private static final int JOBS = 50;

  @TempDir static Path folder;

  @Test
  void killedBroker_isUnavailableQuickly_andWhatWasAcknowledgedIsThereAfter() throws Exception {
    try (Harness harness = Harness.withBrokerProcess(folder)) {
      harness.publishModel();
      HttpCaller http = new HttpCaller(harness.readyGateway(Map.of("ended-jobs-kept", "1")));
      for (int i = 0; i < JOBS; i++) {
        assertThat(http.put("kept-" + i, BODY).status()).isEqualTo(202);
      }
      for (int i = 0; i < 2; i++) {
        harness.worker.succeed(harness.worker.take("kept-" + i));
        await().until(new StateOf(http, "kept-" + i, "succeeded")::isReached);
      }
      List<CompletableFuture<Answer>> waiting = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        waiting.add(http.getLater("/v1/jobs/kept-2?wait=60"));
      }

      harness.stopBroker();
      long killedNanos = System.nanoTime();
      List<CompletableFuture<Answer>> caught = new ArrayList<>();
      for (int i = 0; i < JOBS; i++) {
        caught.add(http.putLater("caught-" + i, BODY));
      }
      caught.add(http.deleteLater("kept-3"));
      for (CompletableFuture<Answer> answer : caught) {
        assertThat(answer.get(60, TimeUnit.SECONDS).status()).isEqualTo(503);
      }
      assertThat(since(killedNanos)).isLessThan(PRODUCERS_BOUND);

      assertUnavailableAtOnce(http);
      assertWhatIsKnownIsTold(harness, http);

      harness.startBroker();
      await().atMost(Duration.ofSeconds(60)).until(() -> http.get("/readyz").status() == 200);
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(http.put("after", BODY).status()).isIn(200, 202));
      for (int i = 2; i < JOBS; i++) {
        assertThat(http.put("kept-" + i, BODY).status()).isEqualTo(200);
        assertThat(harness.worker.take("kept-" + i).getSpec().getSeed()).isEqualTo(7);
      }
      harness.worker.succeed(harness.worker.take("kept-2"));
      for (CompletableFuture<Answer> answer : waiting) {
        // A wait may be over before the broker is back; it then ends with the job as it stands.
        assertThat(answer.get(60, TimeUnit.SECONDS).status()).isEqualTo(200);
      }
      await().until(new StateOf(http, "kept-2", "succeeded")::isReached);
    }
  }

  private static void assertUnavailableAtOnce(HttpCaller http) throws Exception {
    await()
        .atMost(PRODUCERS_BOUND)
        .until(() -> http.get("/readyz").text().contains("does not answer"));
    long begunNanos = System.nanoTime();
    List<CompletableFuture<Answer>> answers = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      answers.add(http.putLater("refused-" + i, BODY));
    }
    answers.add(http.deleteLater("kept-3"));
    for (CompletableFuture<Answer> answer : answers) {
      Answer refused = answer.get(30, TimeUnit.SECONDS);
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.header("Retry-After")).isNotEmpty();
      assertThat(refused.json().get("detail").asText()).contains("Kafka at", "does not answer");
    }
    assertThat(since(begunNanos)).isLessThan(AT_ONCE);
  }

  private static void assertWhatIsKnownIsTold(Harness harness, HttpCaller http) throws Exception {
    // One of the two has left the gateway's memory, so it comes from the store.
    for (int i = 0; i < 2; i++) {
      assertThat(new StateOf(http, "kept-" + i, "succeeded").isReached()).isTrue();
      assertThat(http.get("/v1/jobs/kept-" + i + "/images/0").status()).isEqualTo(200);
    }
    assertThat(http.put("kept-4", BODY).status()).isEqualTo(200);
    assertThat(http.put("kept-4", "{}").status()).isEqualTo(409);
    assertThat(http.get("/healthz").status()).isEqualTo(200);

    HttpCaller started = new HttpCaller(harness.gateway(Map.of()));
    assertThat(new StateOf(started, "kept-0", "succeeded").isReached()).isTrue();
    assertThat(started.get("/v1/jobs/kept-0/images/0").status()).isEqualTo(200);
    assertThat(started.get("/v1/jobs/kept-4").status()).isEqualTo(503);
    assertThat(started.put("more", BODY).status()).isEqualTo(503);
  }

  private record StateOf(HttpCaller http, String id, String state) {
    boolean isReached() throws Exception {
      return http.get("/v1/jobs/" + id).json().path("state").asText().equals(state);
    }
  }

  private static Duration since(long nanos) {
    return Duration.ofNanos(System.nanoTime() - nanos);
  }
}
