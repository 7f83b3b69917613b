package dev.anagama.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.anagama.v1.JobEvent;
import dev.anagama.worker.control.ModelStatus;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A hundred checkpoints one after the other, under a stream of jobs. */
class SwapIT {
  private static final Logger log = LoggerFactory.getLogger(SwapIT.class);

  private static final int SWAPS = 100;
  private static final int WARM_UP = 20;
  private static final int BAD_EVERY = 25;
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /**
   * What 80 swaps may add, 1.6 MiB each, to native memory and to what lives in Java's heap together.
   * Networks that were not closed show in the threads of their lanes.
   */
  private static final long HELD_BOUND_KIB = 128 * 1024;

  private static final int FILES_BOUND = 8;
  private static final int THREADS_BOUND = 4;

  @TempDir Path folder;

  @Test
  void hundredSwapsUnderLoad_loseNothingAndLeaveNothingBehind() throws Exception {
    try (TestCluster cluster = new TestCluster(folder)) {
      cluster.publish("swap", "v0", 0);
      Map<String, String> settings =
          Map.of("anagama.worker.row-limit", "auto", "anagama.worker.threads", "2");
      try (Worker worker = cluster.startWorker("w1", settings)) {
        AtomicBoolean swapping = new AtomicBoolean(true);
        ExecutorService client = Executors.newSingleThreadExecutor();
        Future<Integer> submitted = client.submit(() -> submitWhile(swapping, cluster));
        Footprint warm = Footprint.now();
        for (int i = 1; i <= SWAPS; i++) {
          swap(cluster, worker, i);
          if (i == WARM_UP) {
            warm = Footprint.now();
          }
        }
        swapping.set(false);
        int jobs = submitted.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        client.shutdown();
        await()
            .atMost(PATIENCE)
            .pollInterval(Duration.ofMillis(300))
            .until(() -> cluster.ends().size() == jobs);
        Footprint after = Footprint.now();

        log.info("{} jobs, {} after the warm-up, {} at the end", jobs, warm, after);
        assertThat(worker.failure()).isEmpty();
        assertThat(after.heldKib()).isLessThan(warm.heldKib() + HELD_BOUND_KIB);
        assertThat(after.files()).isLessThan(warm.files() + FILES_BOUND);
        assertThat(after.threads()).isLessThan(warm.threads() + THREADS_BOUND);
        assertThat(names(folder.resolve("cache/swap"))).hasSizeLessThanOrEqualTo(2);
        assertJobs(cluster.ends(), jobs);
      }
    }
  }

  /** Publishes the next version; every so often one that can not be used comes before it. */
  private static void swap(TestCluster cluster, Worker worker, int i) throws Exception {
    if (i % BAD_EVERY == 0) {
      String bad = "bad" + i;
      cluster.publishDamaged("swap", bad, i);
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(10))
          .until(() -> refused(worker).equals(Optional.of(bad)));
      assertThat(status(worker).servedVersion()).contains("v" + (i - 1));
    }
    cluster.publish("swap", "v" + i, i);
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> status(worker).servedVersion().equals(Optional.of("v" + i)));
  }

  private static int submitWhile(AtomicBoolean swapping, TestCluster cluster) throws Exception {
    int jobs = 0;
    while (swapping.get()) {
      cluster.submit(TestJobs.of("swap-" + jobs++, "swap", 20));
      Thread.sleep(20);
    }
    return jobs;
  }

  private static void assertJobs(Map<String, List<JobEvent>> ends, int jobs) {
    Map<String, Integer> byVersion = new ConcurrentHashMap<>();
    assertThat(ends).hasSize(jobs);
    ends.forEach(
        (id, events) -> {
          assertThat(events).as(id).hasSize(1);
          assertThat(events.get(0).hasSucceeded()).as("%s", events).isTrue();
          String version = events.get(0).getSucceeded().getProvenance().getCheckpointVersion();
          byVersion.merge(version, 1, Integer::sum);
        });
    assertThat(byVersion.keySet()).allMatch(version -> version.matches("v[0-9]+"));
    // Most versions did some work: the swaps happened under load.
    assertThat(byVersion).hasSizeGreaterThan(SWAPS / 2);
  }

  private static Optional<String> refused(Worker worker) {
    return status(worker).refusal().map(ModelStatus.Refusal::version);
  }

  private static ModelStatus status(Worker worker) {
    return Objects.requireNonNull(worker.models().get("swap"));
  }

  private static List<String> names(Path path) throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  /**
   * What the process holds.
   *
   * @param heldKib resident, without the part of the heap in which nothing lives: the collector
   *     gives that back when it likes, and how much there is follows the number of jobs
   */
  private record Footprint(long heldKib, int files, int threads) {
    static Footprint now() throws IOException {
      System.gc();
      MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
      long emptyKib = (heap.getCommitted() - heap.getUsed()) / 1024;
      return new Footprint(
          status("VmRSS:") - emptyKib,
          names(Path.of("/proc/self/fd")).size(),
          (int) status("Threads:"));
    }

    private static long status(String key) throws IOException {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith(key))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
          .findFirst()
          .orElseThrow();
    }
  }
}
