package dev.anagama.bench.faults;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.anagama.bench.BenchJob;
import dev.anagama.bench.LoadThread;
import dev.anagama.bench.TinyModel;
import dev.anagama.v1.Sampler;
import dev.anagama.v1.Schedule;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;

/**
 * Submits jobs of all kinds at random times, at a mean rate that does not ask how the service is:
 * what could not be submitted in time is submitted as soon as it can. At most {@value #MOST_OPEN}
 * are on their way.
 */
final class FaultLoad implements AutoCloseable {
  static final int MOST_OPEN = 400;

  private static final double NANOS = 1e9;
  private static final long LOOK_MILLIS = 20;

  /** Longer than any fault lasts. */
  private static final Duration TAKEN = Duration.ofMinutes(5);

  private static final int LONG_STEPS = 1000;
  private static final double LONG_SHARE = 0.1;
  private static final double AGAIN_SHARE = 0.05;
  private static final List<Integer> STEPS = List.of(5, 10, 20, 50, 100);
  private static final List<String> PRIORITIES = List.of("interactive", "standard", "batch");
  private static final double GUIDANCE_SCALE = 2;

  /** Evaluations of each step of an image that is guided throughout. */
  private static final int ROWS_PER_STEP = 2;

  private final JobSubmitter submitter;
  private final JobLedger ledger;
  private final double jobsPerSecond;
  private final SplittableRandom random;
  private final Map<String, Long> rows = new ConcurrentHashMap<>();
  private final LoadThread thread;

  FaultLoad(
      JobSubmitter submitter, JobLedger ledger, double jobsPerSecond, SplittableRandom random) {
    this.submitter = submitter;
    this.ledger = ledger;
    this.jobsPerSecond = jobsPerSecond;
    this.random = random;
    this.thread = new LoadThread("bench-fault-load", this::run);
  }

  void begin() {
    thread.begin();
  }

  /** Network rows that a job needs, done once. */
  long rows(String id) {
    return rows.getOrDefault(id, 0L);
  }

  /** What has ended the load before it was closed. */
  Optional<Throwable> failure() {
    return thread.failure();
  }

  /** Submits no more jobs; one that is being submitted is first acknowledged. */
  @Override
  public void close() {
    thread.close();
  }

  private void run() throws InterruptedException, TimeoutException {
    long dueNanos = System.nanoTime();
    for (int number = 1; thread.goesOn(); number++) {
      dueNanos += (long) (-Math.log(1 - random.nextDouble()) / jobsPerSecond * NANOS);
      while (thread.goesOn()
          && (System.nanoTime() - dueNanos < 0 || ledger.open().size() >= MOST_OPEN)) {
        Thread.sleep(LOOK_MILLIS);
      }
      submit("fault-" + number);
    }
  }

  private void submit(String id) throws InterruptedException, TimeoutException {
    BenchJob job = next();
    rows.put(id, (long) job.images() * job.steps() * ROWS_PER_STEP);
    ObjectNode body = job.toJson();
    body.put("priority", PRIORITIES.get(random.nextInt(PRIORITIES.size())));
    submitter.submit(id, body, TAKEN);
    if (random.nextDouble() < AGAIN_SHARE) {
      submitter.submit(id, body, TAKEN);
    }
  }

  private BenchJob next() {
    boolean isLong = random.nextDouble() < LONG_SHARE;
    return new BenchJob(
        TinyModel.NAME,
        random.nextInt(TinyModel.CLASS_NAMES.size()),
        1 + random.nextInt(4),
        random.nextLong(1L << 53),
        isLong ? LONG_STEPS : STEPS.get(random.nextInt(STEPS.size())),
        GUIDANCE_SCALE,
        Optional.empty(),
        random.nextBoolean() ? Sampler.SAMPLER_DDIM : Sampler.SAMPLER_ANCESTRAL,
        Schedule.SCHEDULE_COSINE);
  }
}
