package dev.anagama.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.anagama.gateway.HttpCaller.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** More jobs, or more callers who wait, than a gateway takes. */
class HttpLimitsIT {
  private static final String BODY = "{\"seed\": 7}";

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
  void overItsLimits_isTooManyRequests() throws Exception {
    try (Gateway small =
        harness.readyGateway(Map.of("live-jobs-limit", "1", "waiters-limit", "1"))) {
      HttpCaller caller = new HttpCaller(small);
      // At least this one is live here, besides those of other tests.
      http.put("live-1", BODY);
      await().until(() -> caller.get("/v1/jobs/live-1").status() == 200);

      Answer refused = caller.post(BODY);
      assertThat(refused.status()).isEqualTo(429);
      assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(1, 60);
      assertThat(refused.json().get("detail").asText())
          .contains("jobs are queued or running", "allowed: 1", "live-jobs-limit");

      CompletableFuture<Answer> waiting = whoWaits(caller, "live-1");
      harness.worker.fail(harness.worker.take("live-1"));
      assertThat(waiting.get(2, TimeUnit.MINUTES).status()).isEqualTo(200);
    }
  }

  @Test
  void callerWhoLeaves_makesRoomForAnother() throws Exception {
    try (Gateway small = harness.readyGateway(Map.of("waiters-limit", "1"))) {
      HttpCaller caller = new HttpCaller(small);
      caller.put("left-1", BODY);
      await()
          .until(
              () -> {
                try (Socket socket =
                    new Socket(InetAddress.getLoopbackAddress(), small.httpPort())) {
                  write(socket, "GET /v1/jobs/left-1?wait=60 HTTP/1.1\r\nHost: x\r\n\r\n");
                  // It may overtake the one before; then that was refused, and comes once more.
                  return caller.get("/v1/jobs/left-1?wait=1").status() == 429;
                }
              });
      await().until(() -> caller.get("/v1/jobs/left-1?wait=1").status() == 200);
    }
  }

  /** A call that waits for a job, and has the one place for such calls. */
  private static CompletableFuture<Answer> whoWaits(HttpCaller caller, String id) {
    Deque<CompletableFuture<Answer>> calls = new ArrayDeque<>();
    await()
        .until(
            () -> {
              // A later call may come first; then the one before was refused, and comes once more.
              if (calls.isEmpty() || calls.getLast().isDone()) {
                calls.add(caller.getLater("/v1/jobs/" + id + "?wait=60"));
              }
              return caller.get("/v1/jobs/" + id + "?wait=1").status() == 429;
            });
    return calls.getLast();
  }

  private static void write(Socket socket, String request) throws IOException {
    socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
    socket.getOutputStream().flush();
  }
}
