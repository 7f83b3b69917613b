package dev.anagama.deploy.demo;

import dev.anagama.deploy.client.GatewayClient;
import dev.anagama.deploy.progress.Progress;
import dev.anagama.v1.Job;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Waits for jobs through the gateway and tells how far they are. */
final class JobWait {
  private static final int WAIT_SECONDS = 1;
  private static final Duration STALL = Duration.ofMinutes(3);

  private final GatewayClient client;
  private final Progress progress;
  private final BooleanSupplier stopping;

  JobWait(GatewayClient client, Progress progress, BooleanSupplier stopping) {
    this.client = client;
    this.progress = progress;
    this.stopping = stopping;
  }

  /**
   * Returns the jobs, in their order, once all have ended.
   *
   * @throws DemoException if nothing moves for {@link #STALL}, or if it is to stop
   */
  List<Job> untilEnded(List<Job> accepted) {
    Map<String, Job> jobs = new LinkedHashMap<>();
    accepted.forEach(job -> jobs.put(job.getId(), job));
    progress.begin(
        "Generating", "steps", 0, accepted.stream().mapToLong(JobWait::totalSteps).sum());
    long movedNanos = System.nanoTime();
    long done = 0;
    Optional<String> open = firstOpen(jobs);
    while (open.isPresent()) {
      if (stopping.getAsBoolean()) {
        throw new DemoException("stopped before all jobs had ended");
      }
      refresh(jobs, open.get());
      long now = jobs.values().stream().mapToLong(JobWait::doneSteps).sum();
      if (now > done) {
        done = now;
        movedNanos = System.nanoTime();
      } else if (System.nanoTime() - movedNanos > STALL.toNanos()) {
        throw new DemoException("no job has moved for " + STALL.toSeconds() + " s");
      }
      long ended = jobs.values().stream().filter(Job::hasEndedAt).count();
      progress.at(done, "%d of %d jobs".formatted(ended, jobs.size()));
      open = firstOpen(jobs);
    }
    progress.close();
    return List.copyOf(jobs.values());
  }

  /** Waits a moment for one job, then looks at the other open ones; the wait paces the loop. */
  private void refresh(Map<String, Job> jobs, String first) {
    jobs.put(first, client.get(first, WAIT_SECONDS));
    for (Job job : new ArrayList<>(jobs.values())) {
      if (!job.hasEndedAt()) {
        jobs.put(job.getId(), client.get(job.getId(), 0));
      }
    }
  }

  private static Optional<String> firstOpen(Map<String, Job> jobs) {
    return jobs.values().stream().filter(job -> !job.hasEndedAt()).map(Job::getId).findFirst();
  }

  private static long totalSteps(Job job) {
    return (long) job.getSpec().getNumInferenceSteps() * job.getSpec().getNumImages();
  }

  private static long doneSteps(Job job) {
    return job.hasEndedAt()
        ? totalSteps(job)
        : (long) job.getProgress().getStepsDone() * job.getSpec().getNumImages();
  }
}
