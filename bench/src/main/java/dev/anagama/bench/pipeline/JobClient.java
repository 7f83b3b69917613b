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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;

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
    try {
      requireAccepted(id, http.send(request(id, job), BodyHandlers.ofString()));
    } catch (IOException e) {
      throw new UncheckedIOException("job " + id + " could not be submitted", e);
    }
  }

  /**
   * Submits jobs under {@code prefix} and their places; on return Kafka holds all of them.
   *
   * @param callers submissions that wait for their answer at a time, at least 1
   * @throws CompletionException if one can not be submitted or is not accepted; others may have been
   */
  void submitAll(String prefix, List<BenchJob> jobs, int callers) throws InterruptedException {
    Semaphore free = new Semaphore(callers);
    List<CompletableFuture<Void>> answers = new ArrayList<>();
    for (int job = 0; job < jobs.size(); job++) {
      String id = prefix + job;
      free.acquire();
      answers.add(
          http.sendAsync(request(id, jobs.get(job)), BodyHandlers.ofString())
              .whenComplete((response, failure) -> free.release())
              .thenAccept(response -> requireAccepted(id, response)));
    }
    answers.forEach(CompletableFuture::join);
  }

  private HttpRequest request(String id, BenchJob job) {
    return HttpRequest.newBuilder(URI.create(root + id))
        .timeout(CALL)
        .header("Content-Type", "application/json")
        .PUT(BodyPublishers.ofString(job.toJson().toString()))
        .build();
  }

  private static void requireAccepted(String id, HttpResponse<String> response) {
    if (response.statusCode() != ACCEPTED) {
      throw new IllegalStateException(
          "the gateway answered %d to job %s: %s"
              .formatted(response.statusCode(), id, response.body()));
    }
  }
}
