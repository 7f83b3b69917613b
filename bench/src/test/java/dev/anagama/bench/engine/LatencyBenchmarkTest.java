package dev.anagama.bench.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.anagama.bench.BenchmarkReport;
import dev.anagama.bench.TinyModel;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LatencyBenchmarkTest {
  @TempDir Path folder;

  @Test
  void run_shortTraces_reportsQuantilesInTheirOrder() throws Exception {
    List<String> progress = new ArrayList<>();
    try (ModelUnderTest model = ModelUnderTest.load(TinyModel.write(folder.resolve("c")))) {
      BenchmarkReport report =
          LatencyBenchmark.run(
              model,
              folder,
              new LatencyBenchmark.Plan(2, 0.4, 0.2, 0.2, 0.5, 7),
              Clock.systemUTC(),
              progress::add);

      assertThat(report.results())
          .containsOnlyKeys(
              "latency.jobs",
              "latency.load",
              "latency.capacity_rows_per_second",
              "latency.p50",
              "latency.p95",
              "latency.p99",
              "latency.p95_over_solo",
              "latency.whole_batch.p50",
              "latency.whole_batch.p95",
              "latency.whole_batch.p99",
              "latency.whole_batch.p95_over_solo",
              "latency.p95_ratio_vs_whole_batch");
      assertThat(report.results().values()).allMatch(x -> x > 0 && Double.isFinite(x));
      assertThat(report.results().get("latency.p50"))
          .isLessThanOrEqualTo(report.results().get("latency.p95"));
      assertThat(report.results().get("latency.p95"))
          .isLessThanOrEqualTo(report.results().get("latency.p99"));
      assertThat(progress).hasSize(4);
      assertThat(progress.get(0)).contains("warming up");
      assertThat(progress.get(1)).contains("seed 7");
    }
  }

  @Test
  void plan_loadOfOneOrNone_isRefused() {
    assertThatThrownBy(() -> new LatencyBenchmark.Plan(1, 1, 1, 1, 1, 7))
        .hasMessageContaining("load is 1.0");
    assertThatThrownBy(() -> new LatencyBenchmark.Plan(1, 1, 1, 1, 0, 7))
        .hasMessageContaining("load is 0.0");
  }

  @Test
  void poisson_longTrace_hasTheRateTheOrderAndTheMix() {
    ArrivalTrace trace =
        ArrivalTrace.poisson(1000, 20, LatencyBenchmark.STEPS, new SplittableRandom(3));

    List<ArrivalTrace.Arrival> arrivals = trace.arrivals();
    // 20,000 are expected, and 5 standard deviations are 707.
    assertThat(arrivals.size()).isBetween(19_293, 20_707);
    assertThat(arrivals).isSortedAccordingTo((a, b) -> Double.compare(a.seconds(), b.seconds()));
    assertThat(arrivals.get(arrivals.size() - 1).seconds()).isLessThan(1000);
    assertThat(trace.steps() / (double) arrivals.size()).isCloseTo(170 / 3.0, within(2.0));
  }
}
