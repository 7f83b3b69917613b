package dev.anagama.bench.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.bench.BenchmarkReport;
import dev.anagama.bench.TinyModel;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SoakBenchmarkIT {
  @TempDir Path folder;

  @Test
  void run_shortSoak_endsEveryJobOnceAndReportsTheFigures() throws Exception {
    Path checkpoint = TinyModel.write(folder.resolve("c")).folder();
    SoakBenchmark.Plan plan =
        new SoakBenchmark.Plan(Duration.ofSeconds(3), Duration.ofMillis(500), 1);
    List<String> progress = new ArrayList<>();
    List<BenchmarkReport> interim = new ArrayList<>();

    BenchmarkReport report =
        SoakBenchmark.run(
            checkpoint,
            folder.resolve("data"),
            plan,
            Clock.systemUTC(),
            progress::add,
            interim::add);

    assertThat(report.results())
        .containsOnlyKeys(
            "soak.seconds",
            "soak.jobs",
            "soak.images_per_second",
            "soak.lost",
            "soak.failed",
            "soak.duplicate_terminal_events",
            "soak.heap_growth_mb",
            "soak.rss_growth_mb",
            "soak.native_arrays_growth",
            "soak.file_handles_growth",
            "soak.threads_growth")
        .containsEntry("soak.lost", 0.0)
        .containsEntry("soak.failed", 0.0)
        .containsEntry("soak.duplicate_terminal_events", 0.0);
    assertThat(report.results().get("soak.jobs")).isPositive();
    assertThat(interim).hasSize(6);
    assertThat(progress.get(progress.size() - 1)).contains("images/s", "heap", "handles");
  }
}
