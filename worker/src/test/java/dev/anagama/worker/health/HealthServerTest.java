package dev.anagama.worker.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.anagama.worker.health.HealthServer.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HealthServerTest {
  private static final int SLOW_CALLERS = 20;

  private volatile boolean good = true;
  private final HealthServer server =
      HealthServer.start(
          "127.0.0.1",
          0,
          () -> new Answer(good, JsonNodeFactory.instance.objectNode().put("good", good)),
          () -> {
            throw new IllegalStateException("a defect");
          });
  private final HttpClient client = HttpClient.newHttpClient();

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void status_tellsWhetherItIsGood() throws Exception {
    assertThat(call("GET", "/healthz").statusCode()).isEqualTo(200);
    good = false;
    HttpResponse<String> bad = call("GET", "/healthz");
    assertThat(bad.statusCode()).isEqualTo(503);
    assertThat(bad.body()).contains("\"good\" : false");
    HttpResponse<String> head = call("HEAD", "/healthz");
    assertThat(head.statusCode()).isEqualTo(503);
    assertThat(head.body()).isEmpty();
  }

  @Test
  void whatIsNotServed_isRefused() throws Exception {
    assertThat(call("GET", "/").body()).contains("/healthz, /readyz");
    assertThat(call("GET", "/healthz/more").statusCode()).isEqualTo(404);
    HttpResponse<String> post = call("POST", "/healthz");
    assertThat(post.statusCode()).isEqualTo(405);
    assertThat(post.headers().firstValue("Allow")).contains("GET, HEAD");
    assertThat(call("GET", "/readyz").statusCode()).isEqualTo(500);
  }

  @Test
  void callersWhoNeverEnd_doNotKeepAProbeFromItsAnswer() throws Exception {
    List<Socket> slow = new ArrayList<>();
    try {
      for (int i = 0; i < SLOW_CALLERS; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        slow.add(socket);
        socket.getOutputStream().write("GET /hea".getBytes(StandardCharsets.US_ASCII));
      }
      assertThat(call("GET", "/healthz").statusCode()).isEqualTo(200);
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }

  @Test
  void portInUse_isNamed() {
    int port = server.port();
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                HealthServer.start(
                    "127.0.0.1",
                    port,
                    () -> new Answer(true, JsonNodeFactory.instance.objectNode()),
                    () -> new Answer(true, JsonNodeFactory.instance.objectNode())))
        .withMessageStartingWith(
            "anagama.worker.health-port is %d; nothing can listen at 127.0.0.1:%d", port, port);
  }

  private HttpResponse<String> call(String method, String path)
      throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .timeout(Duration.ofSeconds(60))
            .method(method, BodyPublishers.noBody())
            .build(),
        BodyHandlers.ofString());
  }
}
