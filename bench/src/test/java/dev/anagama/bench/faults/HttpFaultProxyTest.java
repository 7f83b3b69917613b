package dev.anagama.bench.faults;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class HttpFaultProxyTest {
  private static final Duration LONGEST = Duration.ofMinutes(2);
  private static final String BODY = "what is stored";

  private final List<String> served = new CopyOnWriteArrayList<>();
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private HttpServer store;
  private HttpFaultProxy proxy;

  @BeforeEach
  void start() throws IOException {
    store =
        HttpServer.create(
            new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), 0);
    store.createContext("/", this::serve);
    store.start();
    proxy = HttpFaultProxy.start("test", store.getAddress().getPort());
  }

  @AfterEach
  void stop() {
    proxy.close();
    store.stop(0);
  }

  @Test
  void none_forwardsRequestAndAnswerAsTheyAre() throws Exception {
    assertThat(get("a").body()).isEqualTo(BODY);
    assertThat(put("b").statusCode()).isEqualTo(200);
    assertThat(
            client
                .send(
                    request("c").method("HEAD", BodyPublishers.noBody()).build(),
                    BodyHandlers.ofString())
                .statusCode())
        .isEqualTo(200);

    // The host is the one that was asked, which is part of what is signed.
    assertThat(served)
        .containsExactly(
            "GET /bucket/a 127.0.0.1:" + proxy.port() + " ",
            "PUT /bucket/b 127.0.0.1:" + proxy.port() + " " + BODY,
            "HEAD /bucket/c 127.0.0.1:" + proxy.port() + " ");
  }

  @Test
  void none_chunkedRequestWhoseSenderWaits_isForwarded() throws Exception {
    HttpRequest request =
        request("a")
            .expectContinue(true)
            .PUT(
                BodyPublishers.ofInputStream(
                    () -> new ByteArrayInputStream(BODY.getBytes(US_ASCII))))
            .build();

    assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    assertThat(served).singleElement().asString().endsWith(BODY);
  }

  @Test
  void refused_storeDoesNotHear() throws Exception {
    proxy.harm(call -> call.isAbout("a") ? new StoreFault.Refused(503) : StoreFault.NONE);

    assertThat(get("a").statusCode()).isEqualTo(503);
    assertThat(get("b").statusCode()).isEqualTo(200);
    assertThat(served).hasSize(1);
  }

  @Test
  void answerDropped_storeHasDoneIt() {
    proxy.harm(call -> new StoreFault.AnswerDropped());

    assertThatExceptionOfType(IOException.class).isThrownBy(() -> put("a"));
    assertThat(served).isNotEmpty();
  }

  @Test
  void halfAnswered_bodyEndsInTheMiddle() {
    proxy.harm(call -> new StoreFault.HalfAnswered());

    assertThatExceptionOfType(IOException.class).isThrownBy(() -> get("a"));
  }

  @Test
  void late_isForwardedLater() throws Exception {
    proxy.harm(call -> new StoreFault.Late(200));
    long startNanos = System.nanoTime();

    assertThat(get("a").statusCode()).isEqualTo(200);
    assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos))
        .isGreaterThanOrEqualTo(200);
  }

  @Test
  void held_storeHearsWhenTheGateOpens() throws Exception {
    Gate gate = new Gate();
    proxy.harm(call -> new StoreFault.Held(gate));
    CompletableFuture<HttpResponse<String>> answer =
        client.sendAsync(request("a").GET().build(), BodyHandlers.ofString());

    assertThat(gate.awaitReached(LONGEST)).isEqualTo(new StoreCall("GET", "/bucket/a"));
    assertThat(served).isEmpty();
    gate.open();

    assertThat(answer.get().body()).isEqualTo(BODY);
  }

  @Test
  void answerHeld_storeHasDoneItBefore() throws Exception {
    Gate gate = new Gate();
    proxy.harm(call -> new StoreFault.AnswerHeld(gate));
    CompletableFuture<HttpResponse<String>> answer =
        client.sendAsync(request("a").GET().build(), BodyHandlers.ofString());

    gate.awaitReached(LONGEST);
    assertThat(served).hasSize(1);
    assertThat(answer).isNotDone();
    proxy.restore();

    assertThat(answer.get().body()).isEqualTo(BODY);
  }

  @Test
  void unanswered_connectionEndsWhenTheGateOpens() throws Exception {
    Gate gate = new Gate();
    proxy.harm(call -> new StoreFault.Unanswered(gate));
    CompletableFuture<HttpResponse<String>> answer =
        client.sendAsync(
            request("a").PUT(BodyPublishers.ofString(BODY)).build(), BodyHandlers.ofString());

    gate.awaitReached(LONGEST);
    proxy.restore();

    assertThat(answer).failsWithin(LONGEST);
    assertThat(served).isEmpty();
  }

  private void serve(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), US_ASCII);
    served.add(
        "%s %s %s %s"
            .formatted(
                exchange.getRequestMethod(),
                exchange.getRequestURI(),
                exchange.getRequestHeaders().getFirst("Host"),
                body));
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(200, head ? -1 : BODY.length());
    if (!head) {
      exchange.getResponseBody().write(BODY.getBytes(US_ASCII));
    }
    exchange.close();
  }

  private HttpResponse<String> get(String key) throws IOException, InterruptedException {
    return client.send(request(key).GET().build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> put(String key) throws IOException, InterruptedException {
    return client.send(
        request(key).PUT(BodyPublishers.ofString(BODY)).build(), BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String key) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + proxy.port() + "/bucket/" + key))
        .timeout(LONGEST);
  }
}
