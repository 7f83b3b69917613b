package dev.anagama.bench.engine;

import dev.anagama.bench.BenchJob;
import dev.anagama.bench.BenchmarkReport;
import dev.anagama.bench.Machine;
import dev.anagama.bench.Quantiles;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * How long jobs of different lengths take that arrive at random, by the engine and by whole
 * batches, over the same arrivals.
 */
public final class LatencyBenchmark {
  /** Lengths of the jobs, each as likely as the others. */
  static final List<Integer> STEPS = List.of(20, 50, 100);

  private static final int SOLO_RUNS = 5;
  private static final int ROWS_OF_A_GUIDED_STEP = 2;

  private LatencyBenchmark() {}

  /**
   * What to measure.
   *
   * @param turns traces, each played to both, at least 1
   * @param traceSeconds length of each trace, above 0
   * @param capacitySeconds time to measure the capacity, above 0
   * @param warmUpSeconds of load for the engine before that, at least 0, and half of it for whole
   *     batches; an engine that Java still compiles has less capacity than it will have
   * @param load offered work over capacity, above 0 and below 1
   * @param seed of the traces
   */
  public record Plan(
      int turns,
      double traceSeconds,
      double capacitySeconds,
      double warmUpSeconds,
      double load,
      long seed) {
    /** Checks the ranges. */
    public Plan {
      if (turns < 1 || !(traceSeconds > 0) || !(capacitySeconds > 0) || !(warmUpSeconds >= 0)) {
        throw new IllegalArgumentException(
            "%d traces of %s s after %s s for capacity and a warm-up of %s s; allowed: at least 1,"
                    .formatted(turns, traceSeconds, capacitySeconds, warmUpSeconds)
                + " above 0, above 0, at least 0");
      }
      if (!(load > 0 && load < 1)) {
        throw new IllegalArgumentException(
            "load is %s; allowed: above 0 and below 1".formatted(load));
      }
    }
  }

  /** Everything that is at hand while it is measured. */
  private record Bench(LocalEngine engine, OpenLoop loop, Map<Integer, Double> soloSeconds) {}

  /**
   * Measures; keys are {@code latency.*}, times are seconds from arrival to the stored image.
   *
   * @param work folder for what is stored meanwhile
   * @param progress hears a line now and then
   */
  public static BenchmarkReport run(
      ModelUnderTest model, Path work, Plan plan, Clock clock, Consumer<String> progress)
      throws InterruptedException {
    SplittableRandom random = new SplittableRandom(plan.seed());
    try (LocalEngine engine = LocalEngine.start(model, work.resolve("store"), clock)) {
      OpenLoop loop = new OpenLoop(model, engine);
      progress.accept("warming up for %.0f s".formatted(1.5 * plan.warmUpSeconds()));
      // Of its own, so that the traces do not depend on how many jobs the engine did meanwhile.
      double capacity = capacity(loop, engine, plan, random.split());
      Bench bench = new Bench(engine, loop, soloSeconds(loop, engine));
      double rowsOfAJob =
          ROWS_OF_A_GUIDED_STEP * STEPS.stream().mapToInt(n -> n).average().orElse(0);
      double jobsPerSecond = plan.load() * capacity / rowsOfAJob;
      progress.accept(
          "capacity %.0f rows/s; %.2f jobs/s arrive; seed %d"
              .formatted(capacity, jobsPerSecond, plan.seed()));
      ArrivalTrace warmUp =
          ArrivalTrace.poisson(plan.warmUpSeconds() / 2, jobsPerSecond, STEPS, random.split());
      var unused = byWholeBatches(model, bench, warmUp);
      List<OpenLoop.Latency> joined = new ArrayList<>();
      List<OpenLoop.Latency> whole = new ArrayList<>();
      double offeredRows = 0;
      for (int turn = 1; turn <= plan.turns(); turn++) {
        ArrivalTrace trace =
            ArrivalTrace.poisson(plan.traceSeconds(), jobsPerSecond, STEPS, random);
        offeredRows += ROWS_OF_A_GUIDED_STEP * trace.steps();
        joined.addAll(loop.play(trace, engine::offer));
        whole.addAll(byWholeBatches(model, bench, trace));
        progress.accept(
            "turn %d of %d: p95 %.2f s, by whole batches %.2f s"
                .formatted(turn, plan.turns(), p95(joined), p95(whole)));
      }
      Map<String, Double> results = new LinkedHashMap<>();
      results.put("latency.jobs", (double) joined.size());
      results.put("latency.load", offeredRows / (plan.turns() * plan.traceSeconds()) / capacity);
      results.put("latency.capacity_rows_per_second", capacity);
      report("latency", joined, bench, results);
      report("latency.whole_batch", whole, bench, results);
      results.put("latency.p95_ratio_vs_whole_batch", p95(joined) / p95(whole));
      return new BenchmarkReport(
          "latency", Machine.describe(model.device(), model.precision()), results);
    }
  }

  /** Rows a second of a warm engine when jobs of all lengths never run out. */
  private static double capacity(
      OpenLoop loop, LocalEngine engine, Plan plan, SplittableRandom random) {
    Supplier<BenchJob> jobs =
        () ->
            loop.job(
                new ArrivalTrace.Arrival(
                    0, STEPS.get(random.nextInt(STEPS.size())), random.nextLong(1L << 53)));
    FullLoad load = new FullLoad(engine);
    var unused = load.rowsPerSecond(jobs, plan.warmUpSeconds());
    return load.rowsPerSecond(jobs, plan.capacitySeconds());
  }

  /** Median time of a job that has the engine for itself, by its steps. */
  private static Map<Integer, Double> soloSeconds(OpenLoop loop, LocalEngine engine) {
    Map<Integer, Double> seconds = new LinkedHashMap<>();
    for (int steps : STEPS) {
      List<Double> runs = new ArrayList<>();
      for (int run = 0; run < SOLO_RUNS; run++) {
        ArrivalTrace one = new ArrivalTrace(0, List.of(new ArrivalTrace.Arrival(0, steps, run)));
        runs.add(loop.play(one, engine::offer).get(0).seconds());
      }
      seconds.put(steps, Quantiles.median(runs));
    }
    return seconds;
  }

  private static List<OpenLoop.Latency> byWholeBatches(
      ModelUnderTest model, Bench bench, ArrivalTrace trace) {
    try (WholeBatches batches = new WholeBatches(model, bench.engine()::publish)) {
      return bench
          .loop()
          .play(
              trace,
              (id, job) -> {
                batches
                    .failure()
                    .ifPresent(
                        cause -> {
                          throw new IllegalStateException("whole batches have failed", cause);
                        });
                batches.offer(bench.engine().taken(id, job), job);
                return true;
              });
    }
  }

  private static void report(
      String prefix,
      Collection<OpenLoop.Latency> latencies,
      Bench bench,
      Map<String, Double> results) {
    List<Double> seconds = figures(latencies, OpenLoop.Latency::seconds);
    results.put(prefix + ".p50", Quantiles.of(seconds, 0.5));
    results.put(prefix + ".p95", Quantiles.of(seconds, 0.95));
    results.put(prefix + ".p99", Quantiles.of(seconds, 0.99));
    List<Double> overSolo =
        figures(
            latencies,
            each -> each.seconds() / bench.soloSeconds().getOrDefault(each.steps(), Double.NaN));
    results.put(prefix + ".p95_over_solo", Quantiles.of(overSolo, 0.95));
  }

  private static double p95(Collection<OpenLoop.Latency> latencies) {
    return Quantiles.of(figures(latencies, OpenLoop.Latency::seconds), 0.95);
  }

  private static List<Double> figures(
      Collection<OpenLoop.Latency> latencies, ToDoubleFunction<OpenLoop.Latency> figure) {
    return latencies.stream().mapToDouble(figure).boxed().toList();
  }
}
