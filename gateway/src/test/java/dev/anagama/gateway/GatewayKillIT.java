package dev.anagama.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.anagama.gateway.HttpCaller.Answer;
import dev.anagama.v1.GenerationJob;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway that is killed among submissions: what it has acknowledged is there, once. */
class GatewayKillIT {
  private static final int JOBS = 200;
  private static final int ACKNOWLEDGED_BEFORE = 50;

  @TempDir static Path folder;

  @Test
  void kill_losesNothingAcknowledged_andARetryIsTheSameJob() throws Exception {
    try (Harness harness = new Harness(folder)) {
      harness.publishModel();
      TestProcess first = harness.gatewayProcess();
      HttpCaller before = new HttpCaller(Integer.parseInt(first.said().get(0)));
      Map<String, String> idsByKey = new ConcurrentHashMap<>();
      List<CompletableFuture<Boolean>> answers = new ArrayList<>();
      for (int i = 0; i < JOBS; i++) {
        String key = "order " + i;
        answers.add(
            before
                .postLater(body(i), "Idempotency-Key", key)
                .handle((answer, cut) -> cut == null && acknowledged(idsByKey, key, answer)));
      }
      await().until(() -> idsByKey.size() >= ACKNOWLEDGED_BEFORE);
      first.kill();
      long acknowledged = answers.stream().filter(CompletableFuture::join).count();
      assertThat(idsByKey).hasSize((int) acknowledged);

      TestProcess second = harness.gatewayProcess();
      HttpCaller after = new HttpCaller(Integer.parseInt(second.said().get(0)));
      for (Map.Entry<String, String> each : idsByKey.entrySet()) {
        Answer job = after.get("/v1/jobs/" + each.getValue());
        assertThat(job.status()).as(each.getKey()).isEqualTo(200);
        assertThat(job.json().get("state").asText()).isEqualTo("queued");
      }
      for (int i = 0; i < JOBS; i++) {
        String key = "order " + i;
        Answer retry = after.post(body(i), "Idempotency-Key", key);
        assertThat(retry.status()).isEqualTo(202);
        String id = retry.json().get("id").asText();
        assertThat(idsByKey.getOrDefault(key, id)).isEqualTo(id);
        assertThat(after.post(body(i + 1), "Idempotency-Key", key).status()).isEqualTo(409);
      }
      assertOneRecordEach(harness);
    }
  }

  private static void assertOneRecordEach(Harness harness) throws Exception {
    List<GenerationJob> records = harness.worker.records();
    Set<String> ids = records.stream().map(GenerationJob::getJobId).collect(Collectors.toSet());
    assertThat(ids).hasSize(JOBS);
    // The gateway after had read all that the one before had written.
    assertThat(records).hasSize(JOBS);
  }

  private static boolean acknowledged(Map<String, String> idsByKey, String key, Answer answer) {
    assertThat(answer.status()).isEqualTo(202);
    try {
      idsByKey.put(key, answer.json().get("id").asText());
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String body(int seed) {
    return "{\"seed\": %d}".formatted(seed);
  }
}
