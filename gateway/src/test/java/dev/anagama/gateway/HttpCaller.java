package dev.anagama.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** A caller over HTTP, by the JDK's client. */
final class HttpCaller {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final URI base;

  HttpCaller(Gateway gateway) {
    this(gateway.httpPort());
  }

  HttpCaller(int port) {
    this.base = URI.create("http://127.0.0.1:" + port);
  }

  /** An answer, read whole. */
  record Answer(HttpResponse<byte[]> response) {
    int status() {
      return response.statusCode();
    }

    JsonNode json() throws IOException {
      return JSON.readTree(response.body());
    }

    String text() {
      return new String(response.body(), StandardCharsets.UTF_8);
    }

    String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }
  }

  Answer get(String path) throws Exception {
    return send(request(path).GET().build());
  }

  Answer post(String body, String... headers) throws Exception {
    return send(json("/v1/jobs", headers).POST(BodyPublishers.ofString(body)).build());
  }

  Answer put(String id, String body) throws Exception {
    return send(putRequest(id, body));
  }

  Answer delete(String id) throws Exception {
    return send(request("/v1/jobs/" + id).DELETE().build());
  }

  CompletableFuture<Answer> putLater(String id, String body) {
    return client
        .sendAsync(putRequest(id, body), BodyHandlers.ofByteArray())
        .thenApply(Answer::new);
  }

  CompletableFuture<Answer> postLater(String body, String... headers) {
    return client
        .sendAsync(
            json("/v1/jobs", headers).POST(BodyPublishers.ofString(body)).build(),
            BodyHandlers.ofByteArray())
        .thenApply(Answer::new);
  }

  CompletableFuture<Answer> deleteLater(String id) {
    return client
        .sendAsync(request("/v1/jobs/" + id).DELETE().build(), BodyHandlers.ofByteArray())
        .thenApply(Answer::new);
  }

  CompletableFuture<Answer> getLater(String path) {
    return client
        .sendAsync(request(path).GET().build(), BodyHandlers.ofByteArray())
        .thenApply(Answer::new);
  }

  Answer send(HttpRequest request) throws Exception {
    return new Answer(client.send(request, BodyHandlers.ofByteArray()));
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(base.resolve(path)).timeout(Duration.ofMinutes(3));
  }

  private HttpRequest putRequest(String id, String body) {
    return json("/v1/jobs/" + id).PUT(BodyPublishers.ofString(body)).build();
  }

  private HttpRequest.Builder json(String path, String... headers) {
    HttpRequest.Builder request = request(path).header("Content-Type", "application/json");
    return headers.length == 0 ? request : request.headers(headers);
  }
}
