package dev.anagama.bench.pipeline;

import ai.djl.Device;
import ai.djl.engine.Engine;
import dev.anagama.bench.BenchJob;
import dev.anagama.bench.BenchmarkReport;
import dev.anagama.bench.Machine;
import dev.anagama.bench.Quantiles;
import dev.anagama.bench.engine.LocalEngine;
import dev.anagama.bench.engine.ModelUnderTest;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.platform.kafka.TopicTail;
import dev.anagama.v1.JobEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The whole way of a number of jobs, from the first submission over HTTP to the last committed end
 * that a consumer reads, over the time that the engine takes for the same jobs alone.
 */
public final class PipelineBenchmark {
  private static final double NANOS = 1e9;
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(4);
  private static final long STALL_MINUTES = 5;

  /** A caller that waits for each answer before it asks again has the service wait for it. */
  private static final int CALLERS = 8;

  private PipelineBenchmark() {}

  /**
   * What to measure.
   *
   * @param turns how often both are measured, at least 1
   * @param jobs of one image each, in every measurement
   * @param warmUpJobs that go through both before the first turn, at least 0: while Java compiles
   *     what is in use, its compiler takes processor time from the engine
   */
  public record Plan(int turns, int jobs, int warmUpJobs) {
    /** Checks the ranges. */
    public Plan {
      if (turns < 1 || jobs < 1 || warmUpJobs < 0) {
        throw new IllegalArgumentException(
            "%d turns of %d jobs after %d jobs; allowed: at least 1, 1, 0"
                .formatted(turns, jobs, warmUpJobs));
      }
    }
  }

  /**
   * Measures; keys are {@code pipeline.*}. The engine alone stores its images as well; what it
   * lacks is Kafka and the gateway.
   *
   * @param work folder for everything that is kept meanwhile
   * @param progress hears a line now and then
   */
  public static BenchmarkReport run(
      Path checkpoint, Path work, Plan plan, Clock clock, Consumer<String> progress)
      throws IOException, InterruptedException {
    BlockingQueue<JobEvent> ends = new LinkedBlockingQueue<>();
    List<Double> alone = new ArrayList<>();
    List<Double> whole = new ArrayList<>();
    List<Double> efficiency = new ArrayList<>();
    progress.accept("starting the service");
    try (LocalService service =
            LocalService.start(work.resolve("service"), checkpoint, Map.of(), clock);
        ModelUnderTest model =
            ModelUnderTest.load(Checkpoint.read(checkpoint), service.placement());
        TopicTail tail = TerminalEvents.listen(service.kafka(), ends::add);
        LocalEngine engine = LocalEngine.start(model, work.resolve("alone"), clock)) {
      tail.caughtUp().join();
      JobClient client = new JobClient(service.httpPort());
      Supplier<BenchJob> jobs = model.shippedJobs(Optional.empty());
      progress.accept("warming up with %d jobs".formatted(plan.warmUpJobs()));
      engineSeconds(engine, jobs, "warm-", plan.warmUpJobs());
      pipelineSeconds(client, ends, jobs, "warm-", plan.warmUpJobs());
      for (int turn = 1; turn <= plan.turns(); turn++) {
        alone.add(engineSeconds(engine, jobs, "turn-" + turn + "-", plan.jobs()));
        whole.add(pipelineSeconds(client, ends, jobs, "turn-" + turn + "-", plan.jobs()));
        efficiency.add(alone.get(turn - 1) / whole.get(turn - 1));
        progress.accept(
            "turn %d of %d: %d jobs in %.2f s, by the engine alone in %.2f s"
                .formatted(
                    turn, plan.turns(), plan.jobs(), whole.get(turn - 1), alone.get(turn - 1)));
      }
    }
    Map<String, Double> results = new LinkedHashMap<>();
    results.put("pipeline.jobs", (double) plan.jobs());
    results.put("pipeline.images_per_second", plan.jobs() / Quantiles.median(whole));
    results.put("pipeline.engine_images_per_second", plan.jobs() / Quantiles.median(alone));
    results.put("pipeline.efficiency", Quantiles.median(efficiency));
    Device device = Engine.getInstance().defaultDevice();
    return new BenchmarkReport(
        "pipeline", Machine.describe(device, Precision.bestOn(device)), results);
  }

  /** From the first job handed over to the last one stored. */
  private static double engineSeconds(
      LocalEngine engine, Supplier<BenchJob> jobs, String prefix, int count) {
    long startNanos = System.nanoTime();
    long stallNanos = startNanos + TimeUnit.MINUTES.toNanos(STALL_MINUTES);
    int handed = 0;
    BenchJob next = jobs.get();
    while (handed < count || engine.open() > 0) {
      while (handed < count && engine.offer(prefix + handed, next)) {
        handed++;
        next = jobs.get();
      }
      engine.takeEnds(event -> {});
      if (System.nanoTime() - stallNanos > 0) {
        throw new IllegalStateException("the engine has not ended its jobs");
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
    return (System.nanoTime() - startNanos) / NANOS;
  }

  /** From the first submission to the last committed end. */
  private static double pipelineSeconds(
      JobClient client,
      BlockingQueue<JobEvent> ends,
      Supplier<BenchJob> jobs,
      String prefix,
      int count)
      throws InterruptedException {
    long startNanos = System.nanoTime();
    List<BenchJob> submitted = Stream.generate(jobs).limit(count).toList();
    client.submitAll(prefix, submitted, CALLERS);
    for (int ended = 0; ended < count; ended++) {
      JobEvent event = ends.poll(STALL_MINUTES, TimeUnit.MINUTES);
      if (event == null || !event.hasSucceeded() || !event.getJobId().startsWith(prefix)) {
        throw new IllegalStateException("a job of the benchmark has not succeeded: " + event);
      }
    }
    return (System.nanoTime() - startNanos) / NANOS;
  }
}
