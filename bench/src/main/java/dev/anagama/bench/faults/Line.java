package dev.anagama.bench.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A gateway or a worker, with what it reaches the rest by.
 *
 * @param process the role's
 * @param kafka its way to the broker
 * @param store its way to the object store; empty if that is a folder
 * @param httpPort where it serves HTTP: the gateway's interface, the worker's health page
 */
public record Line(Part process, TcpProxy kafka, Optional<HttpFaultProxy> store, int httpPort) {
  private static final Logger log = LoggerFactory.getLogger(Line.class);

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration LIMIT = Duration.ofSeconds(1);
  private static final HttpClient HTTP = HttpClient.newBuilder().connectTimeout(LIMIT).build();

  /** Its way to the object store, which is a server. */
  public HttpFaultProxy storeProxy() {
    return store.orElseThrow(() -> new IllegalStateException("the store is a folder"));
  }

  /** Ends all harm to its lines, and lets it go on if it was paused. */
  public void restore() throws InterruptedException {
    kafka.restore();
    store.ifPresent(HttpFaultProxy::restore);
    if (process.alive()) {
      process.resume();
    }
  }

  /** Network rows that a worker has run since its process began; empty if it does not say. */
  OptionalLong networkRows() throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + "/healthz"))
            .timeout(LIMIT)
            .build();
    try {
      String body = HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body();
      long rows = 0;
      for (JsonNode engine : JSON.readTree(body).path("engines")) {
        rows += engine.path("network_rows").asLong();
      }
      return OptionalLong.of(rows);
    } catch (IOException e) {
      log.debug("{} does not say how it is: {}", process.name(), e.toString());
      return OptionalLong.empty();
    }
  }

  /** Whether the role that serves HTTP at a port says that it is ready. */
  static boolean ready(int port) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/readyz"))
            .timeout(LIMIT)
            .build();
    try {
      return HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      log.debug("port {} does not answer: {}", port, e.toString());
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
