package dev.anagama.bench.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.bench.BenchmarkReport;
import dev.anagama.bench.TinyModel;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PipelineBenchmarkIT {
  @TempDir Path folder;

  @Test
  void run_fewJobs_endsThemAllBothWays() throws Exception {
    List<String> progress = new ArrayList<>();
    Path checkpoint = TinyModel.write(folder.resolve("c")).folder();

    BenchmarkReport report =
        PipelineBenchmark.run(
            checkpoint,
            folder,
            new PipelineBenchmark.Plan(2, 20, 10),
            Clock.systemUTC(),
            progress::add);

    assertThat(report.results())
        .containsOnlyKeys(
            "pipeline.jobs",
            "pipeline.images_per_second",
            "pipeline.engine_images_per_second",
            "pipeline.efficiency")
        .containsEntry("pipeline.jobs", 20.0);
    assertThat(report.results().values()).allMatch(x -> x > 0 && Double.isFinite(x));
    assertThat(progress).hasSize(4);
  }
}
