package dev.anagama.bench.faults;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Submits jobs as a caller does who does not give up: the same id again until it is taken. */
public final class JobSubmitter {
  private static final Logger log = LoggerFactory.getLogger(JobSubmitter.class);

  private static final Duration CALL = Duration.ofSeconds(10);
  private static final long PAUSE_MILLIS = 200;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CALL).build();
  private final String root;
  private final JobLedger ledger;

  /**
   * Submits to a gateway.
   *
   * @param httpPort where it serves HTTP
   * @param ledger is told of what was acknowledged
   */
  public JobSubmitter(int httpPort, JobLedger ledger) {
    this.root = "http://127.0.0.1:" + httpPort + "/v1/jobs/";
    this.ledger = ledger;
  }

  /**
   * Submits a job; on return it is acknowledged.
   *
   * @param job the body as the gateway takes it
   * @throws TimeoutException if the gateway has not taken it in time
   * @throws IllegalStateException if the gateway refuses it for good
   */
  public void submit(String id, JsonNode job, Duration longest)
      throws InterruptedException, TimeoutException {
    Waiting.until("job %s to be taken".formatted(id), longest, () -> taken(id, job));
    ledger.acknowledged(id);
  }

  private boolean taken(String id, JsonNode job) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(root + id))
            .timeout(CALL)
            .header("Content-Type", "application/json")
            .PUT(BodyPublishers.ofString(job.toString()))
            .build();
    try {
      HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
      int status = response.statusCode();
      if (status == 200 || status == 202) {
        return true;
      }
      if (status != 429 && status < 500) {
        throw new IllegalStateException(
            "the gateway answered %d to job %s: %s".formatted(status, id, response.body()));
      }
      log.debug("job {}: {}", id, status);
      Thread.sleep(PAUSE_MILLIS);
    } catch (IOException e) {
      log.debug("job {}: {}", id, e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return false;
  }
}
