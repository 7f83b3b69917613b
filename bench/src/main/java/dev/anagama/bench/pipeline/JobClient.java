package dev.anagama.bench.pipeline;

import dev.anagama.bench.BenchJob;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** Submits jobs over HTTP, as a caller of the service would. */
final class JobClient {
  private static final Duration CALL = Duration.ofSeconds(30);
  private static final int ACCEPTED = 202;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CALL).build();
  private final String root;

  JobClient(int port) {
    this.root = "http://127.0.0.1:" + port + "/v1/jobs/";
  }

  /**
   * Submits a job under an id; on return Kafka holds it.
   *
   * @throws IllegalStateException if the gateway does not accept it
   */
  void submit(String id, BenchJob job) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(root + id))
            .timeout(CALL)
            .header("Content-Type", "application/json")
            .PUT(BodyPublishers.ofString(job.toJson().toString()))
            .build();
    try {
      HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
      if (response.statusCode() != ACCEPTED) {
        throw new IllegalStateException(
            "the gateway answered %d to job %s: %s"
                .formatted(response.statusCode(), id, response.body()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("job " + id + " could not be submitted", e);
    }
  }
}
