package dev.anagama.bench.pipeline;

import ai.djl.Device;
import ai.djl.engine.Engine;
import dev.anagama.bench.BenchmarkReport;
import dev.anagama.bench.Machine;
import dev.anagama.bench.Quantiles;
import dev.anagama.contract.Topics;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.CheckpointManifest;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.kafka.TopicTail;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;

/** The whole service at full load for long: nothing is lost, and nothing grows. */
public final class SoakBenchmark {
  /** What of the results is 0 if the service keeps what it promises. */
  public static final List<String> ZEROS =
      List.of("soak.lost", "soak.failed", "soak.duplicate_terminal_events");

  private static final double NANOS = 1e9;

  /** A job that takes longer to end, at this load, is lost. */
  private static final Duration LOST = Duration.ofMinutes(2);

  private static final Map<String, String> SETTINGS =
      Map.of(
          "anagama.kafka.job-partitions", "4",
          // A bound that is reached at once, so that what fills up to it is not taken for a leak.
          "anagama.gateway.ended-jobs-kept", "500");

  /** So that the broker's disk holds what is under way, and not half an hour of everything. */
  private static final Map<String, String> RETENTION =
      Map.of(
          TopicConfig.RETENTION_BYTES_CONFIG, Integer.toString(16 << 20),
          TopicConfig.SEGMENT_BYTES_CONFIG, Integer.toString(2 << 20));

  private SoakBenchmark() {}

  /**
   * What to do.
   *
   * @param length how long jobs are submitted
   * @param lookEvery time between two looks at the process
   * @param seed of the mix of jobs
   */
  public record Plan(Duration length, Duration lookEvery, long seed) {
    /** Checks the ranges. */
    public Plan {
      if (lookEvery.toMillis() < 1 || length.compareTo(lookEvery) < 0) {
        throw new IllegalArgumentException(
            "a look every %d ms for %d ms; allowed: at least 1 ms, and one look"
                .formatted(lookEvery.toMillis(), length.toMillis()));
      }
    }
  }

  /** One look. */
  private record Look(double seconds, long images, Footprint footprint) {}

  /**
   * Runs the soak; keys are {@code soak.*}. Growth is the median of the last third of the looks
   * less that of the second third; heap is what lives after a full collection.
   *
   * @param data folder for everything that is kept meanwhile
   * @param progress hears a line at each look
   * @param interim gets the figures so far at each look
   */
  public static BenchmarkReport run(
      Path checkpoint,
      Path data,
      Plan plan,
      Clock clock,
      Consumer<String> progress,
      Consumer<BenchmarkReport> interim)
      throws IOException, InterruptedException {
    CheckpointManifest manifest = Checkpoint.read(checkpoint).manifest();
    progress.accept("seed %d; starting the service".formatted(plan.seed()));
    try (LocalService service = LocalService.start(data, checkpoint, SETTINGS, clock)) {
      bound(service.kafka(), List.of(Topics.JOBS, Topics.EVENTS, Topics.PROGRESS));
      SoakLoad load =
          new SoakLoad(
              new JobClient(service.httpPort()),
              service.store(),
              manifest.model(),
              manifest.classNames().size(),
              new SplittableRandom(plan.seed()));
      List<Look> looks = new ArrayList<>();
      try (TopicTail tail = TerminalEvents.listen(service.kafka(), load::end);
          load) {
        tail.caughtUp().join();
        load.begin();
        watch(service, load, plan, looks, progress, interim);
        load.close();
        drain(service, load);
      }
      return report(load, looks);
    }
  }

  private static void watch(
      LocalService service,
      SoakLoad load,
      Plan plan,
      List<Look> looks,
      Consumer<String> progress,
      Consumer<BenchmarkReport> interim)
      throws InterruptedException {
    long startNanos = System.nanoTime();
    long ticks = plan.length().dividedBy(plan.lookEvery());
    for (long tick = 1; tick <= ticks; tick++) {
      long dueNanos = startNanos + tick * plan.lookEvery().toNanos();
      Thread.sleep(Math.max(0, (dueNanos - System.nanoTime()) / 1_000_000));
      requireHealth(service, load);
      double seconds = (System.nanoTime() - startNanos) / NANOS;
      Look before = looks.isEmpty() ? null : looks.get(looks.size() - 1);
      Look look = new Look(seconds, load.images(), Footprint.now());
      looks.add(look);
      double sinceSeconds = before == null ? seconds : seconds - before.seconds();
      long newImages = before == null ? look.images() : look.images() - before.images();
      Footprint held = look.footprint();
      progress.accept(
          ("%6.0f s  %6d jobs  %5.1f images/s  heap %.1f MB  rss %.0f MB  arrays %d"
                  + "  handles %d  threads %d  lost %d  failed %d  duplicates %d")
              .formatted(
                  seconds,
                  load.ended(),
                  newImages / sinceSeconds,
                  held.heapMb(),
                  held.rssMb(),
                  held.nativeArrays(),
                  held.fileHandles(),
                  held.threads(),
                  load.openFor(LOST.toNanos()),
                  load.failed(),
                  load.duplicates()));
      interim.accept(report(load, looks));
    }
  }

  private static void drain(LocalService service, SoakLoad load) throws InterruptedException {
    long deadlineNanos = System.nanoTime() + LOST.toNanos();
    while (load.openFor(0) > 0 && System.nanoTime() - deadlineNanos < 0) {
      requireHealth(service, load);
      Thread.sleep(50);
    }
  }

  private static void requireHealth(LocalService service, SoakLoad load) {
    service
        .failure()
        .or(load::failure)
        .ifPresent(
            cause -> {
              throw new IllegalStateException("the service has failed: " + cause, cause);
            });
  }

  private static BenchmarkReport report(SoakLoad load, List<Look> looks) {
    Map<String, Double> results = new LinkedHashMap<>();
    Look last = looks.get(looks.size() - 1);
    results.put("soak.seconds", last.seconds());
    results.put("soak.jobs", (double) load.ended());
    results.put("soak.images_per_second", last.images() / last.seconds());
    results.put("soak.lost", (double) load.openFor(LOST.toNanos()));
    results.put("soak.failed", (double) load.failed());
    results.put("soak.duplicate_terminal_events", (double) load.duplicates());
    results.put("soak.heap_growth_mb", growth(looks, Footprint::heapMb));
    results.put("soak.rss_growth_mb", growth(looks, Footprint::rssMb));
    results.put("soak.native_arrays_growth", growth(looks, Footprint::nativeArrays));
    results.put("soak.file_handles_growth", growth(looks, Footprint::fileHandles));
    results.put("soak.threads_growth", growth(looks, Footprint::threads));
    Device device = Engine.getInstance().defaultDevice();
    return new BenchmarkReport("soak", Machine.describe(device, Precision.bestOn(device)), results);
  }

  private static double growth(List<Look> looks, ToDoubleFunction<Footprint> figure) {
    int third = looks.size() / 3;
    if (third == 0) {
      return 0;
    }
    List<Double> values =
        looks.stream().map(look -> figure.applyAsDouble(look.footprint())).toList();
    return Quantiles.median(values.subList(looks.size() - third, looks.size()))
        - Quantiles.median(values.subList(looks.size() - 2 * third, looks.size() - third));
  }

  private static void bound(KafkaSettings kafka, Collection<String> topics)
      throws InterruptedException {
    List<AlterConfigOp> changes =
        RETENTION.entrySet().stream()
            .map(entry -> new ConfigEntry(entry.getKey(), entry.getValue()))
            .map(entry -> new AlterConfigOp(entry, AlterConfigOp.OpType.SET))
            .toList();
    Map<ConfigResource, Collection<AlterConfigOp>> all = new LinkedHashMap<>();
    topics.forEach(topic -> all.put(new ConfigResource(ConfigResource.Type.TOPIC, topic), changes));
    try (Admin admin =
        Admin.create(
            Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers()))) {
      admin.incrementalAlterConfigs(all).all().get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("the topics can not be bounded: " + e.getCause(), e);
    }
  }
}
