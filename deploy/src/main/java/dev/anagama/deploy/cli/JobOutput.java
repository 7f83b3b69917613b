package dev.anagama.deploy.cli;

import dev.anagama.deploy.client.GatewayClient;
import dev.anagama.v1.Job;
import dev.anagama.v1.JobState;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Option;

/** How {@code submit} and {@code get} print a job, and whether they wait for it first. */
final class JobOutput {
  @Option(names = "--json", description = "Print the job as JSON.")
  private boolean json;

  @Option(
      names = "--wait",
      arity = "0..1",
      paramLabel = "SECONDS",
      fallbackValue = "3600",
      description =
          "Wait for the job to end, at most so long (default: ${FALLBACK-VALUE}); fail if it does"
              + " not succeed.")
  private Optional<Integer> waitSeconds = Optional.empty();

  /**
   * Prints the job, after waiting for it if that was asked for.
   *
   * @return the job as it was printed
   * @throws CommandException if it was waited for and did not succeed in time
   */
  Job print(PrintWriter out, GatewayClient client, Job job) {
    Job seen = waitSeconds.isPresent() ? ended(client, job, waitSeconds.get()) : job;
    if (json) {
      out.println(PublicJson.text(client, seen));
    } else {
      JobText.print(out, seen);
    }
    if (waitSeconds.isPresent() && seen.getState() != JobState.JOB_STATE_SUCCEEDED) {
      String why = seen.hasError() ? ": " + seen.getError().getMessage() : "";
      throw new CommandException(
          "job %s ended %s%s".formatted(seen.getId(), PublicJson.word(seen.getState()), why));
    }
    return seen;
  }

  private static Job ended(GatewayClient client, Job job, int limitSeconds) {
    long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(limitSeconds);
    Job seen = job;
    while (!seen.hasEndedAt()) {
      long leftNanos = deadlineNanos - System.nanoTime();
      if (leftNanos <= 0) {
        throw new CommandException(
            "job %s is %s after %d s"
                .formatted(seen.getId(), PublicJson.word(seen.getState()), limitSeconds));
      }
      // Whole seconds, rounded up, so that the last call waits as well.
      long leftSeconds = TimeUnit.NANOSECONDS.toSeconds(leftNanos) + 1;
      seen = client.get(seen.getId(), (int) Math.min(leftSeconds, GatewayClient.MAX_WAIT_SECONDS));
    }
    return seen;
  }
}
