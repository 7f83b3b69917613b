package dev.anagama.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.anagama.gateway.HttpCaller.Answer;
import dev.anagama.v1.GenerationJob;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs that end without images: failed, cancelled or expired. */
class HttpEndsIT {
  private static final String BODY =
      "{\"class_name\": \"trouser\", \"num_images\": 2, \"seed\": 7}";

  @TempDir static Path folder;
  private static Harness harness;
  private static HttpCaller http;

  @BeforeAll
  static void open() throws Exception {
    harness = new Harness(folder);
    harness.publishModel();
    http = new HttpCaller(harness.readyGateway(Map.of()));
  }

  @AfterAll
  static void close() throws Exception {
    harness.close();
  }

  @Test
  void failedJob_saysWhy_andHasNoImages() throws Exception {
    String id = http.post(BODY).json().get("id").asText();
    harness.worker.fail(harness.worker.take(id));

    JsonNode ended = http.get("/v1/jobs/" + id + "?wait=30").json();
    assertThat(ended.get("state").asText()).isEqualTo("failed");
    assertThat(ended.get("error").get("category").asText()).isEqualTo("invalid");
    Answer image = http.get("/v1/jobs/" + id + "/images/0");
    assertThat(image.status()).isEqualTo(404);
    assertThat(image.json().get("detail").asText()).contains("ended failed");
  }

  @Test
  void delete_cancelsAQueuedOrRunningJob_andIsIdempotent() throws Exception {
    String id = http.post(BODY).json().get("id").asText();
    GenerationJob job = harness.worker.take(id);
    Answer asked = http.delete(id);
    assertThat(asked.status()).isEqualTo(202);
    assertThat(asked.json().get("state").asText()).isEqualTo("queued");
    assertThat(http.get("/v1/jobs/" + id).json().get("state").asText()).isEqualTo("queued");
    assertThat(http.delete(id).status()).isEqualTo(202);

    harness.worker.cancelOnceAsked(job);
    JsonNode ended = http.get("/v1/jobs/" + id + "?wait=30").json();
    assertThat(ended.get("state").asText()).isEqualTo("canceled");
    assertThat(ended.get("images")).isEmpty();
    Answer again = http.delete(id);
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.json()).isEqualTo(ended);
    Answer image = http.get("/v1/jobs/" + id + "/images/0");
    assertThat(image.status()).isEqualTo(404);
    assertThat(image.json().get("detail").asText()).contains("ended canceled");
  }

  @Test
  void delete_ofAJobThatEndedOtherwise_isAConflict_andOfNoneNotFound() throws Exception {
    http.put("late-1", BODY);
    harness.worker.succeed(harness.worker.take("late-1"));
    assertThat(http.get("/v1/jobs/late-1?wait=30").json().get("state").asText())
        .isEqualTo("succeeded");

    Answer late = http.delete("late-1");
    assertThat(late.status()).isEqualTo(409);
    assertThat(late.json().get("category").asText()).isEqualTo("ended");
    assertThat(late.json().get("detail").asText()).contains("'late-1' has ended succeeded");
    assertThat(http.delete("nobody").status()).isEqualTo(404);
    assertThat(http.delete("-bad").status()).isEqualTo(400);
  }

  @Test
  void deadlineAndPriority_areToldBack_andAnExpiredJobSaysSo() throws Exception {
    String deadline = Instant.now().plusSeconds(3600).truncatedTo(ChronoUnit.SECONDS).toString();
    String body = "{\"priority\": \"batch\", \"deadline\": \"%s\"}".formatted(deadline);
    Answer accepted = http.put("due-1", body);
    assertThat(accepted.status()).as(accepted.text()).isEqualTo(202);
    assertThat(accepted.json().get("spec").get("priority").asText()).isEqualTo("batch");
    assertThat(accepted.json().get("spec").get("deadline").asText()).isEqualTo(deadline);
    assertThat(http.put("due-1", "{\"priority\": \"batch\"}").status()).isEqualTo(409);

    harness.worker.expire(harness.worker.take("due-1"));
    assertThat(http.get("/v1/jobs/due-1?wait=30").json().get("state").asText())
        .isEqualTo("expired");
    // A retry of what was accepted is answered, though its deadline would not be taken any more.
    assertThat(http.put("due-1", body).status()).isEqualTo(200);
    Answer past = http.put("due-2", "{\"deadline\": \"2020-01-01T00:00:00Z\"}");
    assertThat(past.status()).isEqualTo(400);
    assertThat(past.json().findValuesAsText("field")).containsExactly("deadline");
  }
}
