package dev.anagama.bench.faults;

import ai.djl.Device;
import dev.anagama.bench.BenchmarkReport;
import dev.anagama.bench.Machine;
import dev.anagama.bench.TinyModel;
import dev.anagama.diffusion.network.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The service under load while everything that can go wrong does, one thing after another: nothing
 * is lost, nothing is told twice, and what is told is so.
 */
public final class FaultBenchmark {
  /** What of the results is 0 if the service keeps what it promises; see {@link Audit}. */
  public static final List<String> ZEROS =
      List.of(
          "faults.lost",
          "faults.duplicate_terminal_events",
          "faults.bad_objects",
          "faults.stray_objects",
          "faults.unasked");

  private static final Logger log = LoggerFactory.getLogger(FaultBenchmark.class);

  private static final int WORKERS = 3;
  private static final double NANOS = 1e9;

  /** A job that is open for so long after the last fault is lost. */
  private static final Duration DRAIN = Duration.ofMinutes(5);

  private final Plan plan;
  private final Consumer<String> progress;
  private final long startNanos = System.nanoTime();
  private final Map<String, Integer> injected = new ConcurrentSkipListMap<>();
  private final List<String> seenBad = Collections.synchronizedList(new ArrayList<>());

  /**
   * What to do.
   *
   * @param length how long jobs are submitted and things go wrong
   * @param seed of the jobs and the faults
   * @param jobsPerSecond mean rate of submissions, above 0
   * @param longestPause most time between the end of a fault and the next one
   */
  public record Plan(Duration length, long seed, double jobsPerSecond, Duration longestPause) {
    /** Checks the ranges. */
    public Plan {
      if (length.toMillis() < 1 || longestPause.toMillis() < 1 || !(jobsPerSecond > 0)) {
        throw new IllegalArgumentException(
            "length is %s, pause is %s, jobs per second are %s; allowed: above 0"
                .formatted(length, longestPause, jobsPerSecond));
      }
    }
  }

  private FaultBenchmark(Plan plan, Consumer<String> progress) {
    this.plan = plan;
    this.progress = progress;
  }

  /**
   * Runs it; keys are {@code faults.*}.
   *
   * @param mainClass of the command line, which has the commands {@code gateway} and {@code worker}
   * @param folder for everything that is kept, logs with it
   * @param progress hears a line every few seconds and of each fault
   * @throws TimeoutException if a part of the service does not come up after a fault
   */
  public static BenchmarkReport run(
      String mainClass, Path folder, Plan plan, Clock clock, Consumer<String> progress)
      throws IOException, InterruptedException, TimeoutException {
    return new FaultBenchmark(plan, progress).run(mainClass, folder, clock);
  }

  private BenchmarkReport run(String mainClass, Path folder, Clock clock)
      throws IOException, InterruptedException, TimeoutException {
    SplittableRandom random = new SplittableRandom(plan.seed());
    Path checkpoint = TinyModel.write(folder.resolve("checkpoint")).folder();
    FaultRig.Options options =
        new FaultRig.Options(
            folder.resolve("service"),
            List.of(checkpoint),
            mainClass,
            WORKERS,
            Map.of(),
            Optional.empty());
    say("seed %d; starting the service, logs are in %s".formatted(plan.seed(), options.folder()));
    try (FaultRig rig = FaultRig.start(options, random.split(), clock);
        JobLedger ledger =
            JobLedger.start(
                rig.kafka(), event -> seenBad.addAll(Audit.badObjects(event, rig.store())))) {
      RowMeter meter = new RowMeter(rig.workers());
      FaultLoad load =
          new FaultLoad(
              new JobSubmitter(rig.gateway().httpPort(), ledger),
              ledger,
              plan.jobsPerSecond(),
              random.split());
      try (load;
          FaultWatch watch = new FaultWatch(meter, () -> say(line(ledger)))) {
        watch.begin();
        load.begin();
        injectAll(new Fault.Scene(rig, meter, random.split()), load);
        rig.restore();
        load.close();
        drain(ledger);
        meter.look();
        return report(rig, load, ledger, meter);
      }
    }
  }

  private void injectAll(Fault.Scene scene, FaultLoad load)
      throws InterruptedException, TimeoutException {
    SplittableRandom random = scene.random();
    List<Fault> deck = new ArrayList<>();
    long pauseMillis = plan.longestPause().toMillis();
    long beganNanos = System.nanoTime();
    Thread.sleep(random.nextLong(pauseMillis + 1));
    while (System.nanoTime() - beganNanos < plan.length().toNanos()) {
      if (deck.isEmpty()) {
        // Every kind once before any comes again.
        deck.addAll(FaultCatalog.all());
        Collections.shuffle(deck, new Random(random.nextLong()));
      }
      Fault fault = deck.remove(deck.size() - 1);
      say("fault %d: %s".formatted(faults() + 1, fault.kind()));
      fault.harm().to(scene);
      injected.merge(fault.kind(), 1, Integer::sum);
      scene.rig().restore();
      load.failure()
          .ifPresent(
              cause -> {
                throw new IllegalStateException("no more jobs are submitted: " + cause, cause);
              });
      Thread.sleep(random.nextLong(pauseMillis + 1));
    }
  }

  private void drain(JobLedger ledger) throws InterruptedException {
    say("the last fault is over; %d jobs are open".formatted(ledger.open().size()));
    try {
      ledger.awaitAll(DRAIN);
    } catch (TimeoutException e) {
      log.error("jobs are lost: {}", e.getMessage());
    }
  }

  private BenchmarkReport report(FaultRig rig, FaultLoad load, JobLedger ledger, RowMeter meter) {
    Audit audit = Audit.of(ledger, rig.store());
    audit.badObjects().forEach(sentence -> log.error("{}", sentence));
    audit.strays().forEach(key -> log.error("{} is there and no event names it", key));
    seenBad.forEach(sentence -> log.error("when it was told: {}", sentence));
    long needed =
        ledger.ends().entrySet().stream()
            .filter(job -> job.getValue().get(0).hasSucceeded())
            .mapToLong(job -> load.rows(job.getKey()))
            .sum();
    long notSucceeded =
        ledger.ends().values().stream().filter(ends -> !ends.get(0).hasSucceeded()).count();
    long done = meter.rows();
    Map<String, Double> results = new LinkedHashMap<>();
    results.put("faults.seconds", (System.nanoTime() - startNanos) / NANOS);
    results.put("faults.jobs", (double) ledger.acknowledged().size());
    results.put("faults.injected", (double) faults());
    results.put("faults.kinds", (double) injected.size());
    results.put("faults.lost", (double) audit.lost().size());
    results.put("faults.duplicate_terminal_events", (double) audit.duplicates().size());
    results.put("faults.bad_objects", (double) audit.badObjects().size() + seenBad.size());
    results.put("faults.stray_objects", (double) audit.strays().size());
    results.put("faults.unasked", (double) audit.unasked().size());
    results.put("faults.not_succeeded", (double) notSucceeded);
    results.put("faults.rows", (double) done);
    results.put("faults.redone_share", done == 0 ? 0 : (done - needed) / (double) done);
    injected.forEach((kind, count) -> results.put("faults.injected." + kind, (double) count));
    return new BenchmarkReport(
        "faults", Machine.describe(Device.cpu(), Precision.FLOAT32), results);
  }

  private String line(JobLedger ledger) {
    long duplicates = ledger.ends().values().stream().mapToLong(ends -> ends.size() - 1L).sum();
    return "%d jobs taken, %d ended, %d open; %d faults; duplicates %d, bad objects %d"
        .formatted(
            ledger.acknowledged().size(),
            ledger.ends().size(),
            ledger.open().size(),
            faults(),
            duplicates,
            seenBad.size());
  }

  private int faults() {
    return injected.values().stream().mapToInt(Integer::intValue).sum();
  }

  private synchronized void say(String text) {
    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNanos);
    progress.accept("%5d s  %s".formatted(seconds, text));
  }
}
