package dev.anagama.bench.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.anagama.bench.BenchJob;
import dev.anagama.bench.BenchmarkReport;
import dev.anagama.bench.TinyModel;
import dev.anagama.worker.engine.EngineReport;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineBenchmarkTest {
  private static final Path PEER = Path.of("peer", "guided_ddim.py");
  private static final long REPORT_NANOS = TimeUnit.MINUTES.toNanos(1);

  @TempDir Path folder;

  @Test
  void run_withoutPython_reportsEverythingElseAndSaysWhy() throws Exception {
    List<String> progress = new ArrayList<>();
    try (ModelUnderTest model = model()) {
      BenchmarkReport report =
          EngineBenchmark.run(
              model,
              folder,
              new EngineBenchmark.Plan(2, 0.1, 0.1, PEER, List.of("no-such-python")),
              Clock.systemUTC(),
              progress::add);

      assertThat(report.results())
          .containsOnlyKeys(
              "engine.rows",
              "engine.lanes",
              "engine.raw_rows_per_second",
              "engine.efficiency",
              "engine.images_per_second_at_shipped_quality",
              "engine.matrix_product_tflops",
              "engine.operations_per_row",
              "engine.peak_fraction",
              "engine.interval_saving");
      assertThat(report.results().values()).allMatch(x -> x > 0 && Double.isFinite(x));
      assertThat(report.machine())
          .containsEntry("precision", model.precision().label())
          .doesNotContainKey("python_peer");
      assertThat(progress).hasSize(4);
      assertThat(progress.get(0)).contains("no-such-python", "--python");
      assertThat(progress.get(1)).contains("warming up");
      assertThat(progress.get(3)).contains("turn 2 of 2");
    }
  }

  @Test
  void run_withPython_agreesWithThePeerAndComparesWithIt() throws Exception {
    String python = System.getenv("ANAGAMA_PYTHON");
    assumeThat(python).as("ANAGAMA_PYTHON names a Python with torch").isNotNull();
    try (ModelUnderTest model = model()) {
      BenchmarkReport report =
          EngineBenchmark.run(
              model,
              folder,
              new EngineBenchmark.Plan(1, 0.1, 0.1, PEER, List.of(python)),
              Clock.systemUTC(),
              line -> {});

      assertThat(report.results())
          .containsKeys(
              "engine.python_batch", "engine.python_images_per_second", "engine.vs_python");
      assertThat(report.machine().get("python_peer")).contains("PyTorch", "threads");
    }
  }

  @Test
  void plan_outOfRange_isRefused() {
    assertThatThrownBy(() -> new EngineBenchmark.Plan(0, 1, 1, PEER, List.of()))
        .hasMessageContaining("0 turns");
    assertThatThrownBy(() -> new EngineBenchmark.Plan(1, 0, 1, PEER, List.of()))
        .hasMessageContaining("of 0.0 s");
    assertThatThrownBy(() -> new EngineBenchmark.Plan(1, 1, -1, PEER, List.of()))
        .hasMessageContaining("warm-up of -1.0 s");
  }

  @Test
  void interval_ofAJob_guidesTwoFifthsOfItsSteps() throws Exception {
    try (ModelUnderTest model = model();
        LocalEngine engine = LocalEngine.start(model, folder.resolve("store"), Clock.systemUTC())) {
      int steps = model.manifest().defaults().numInferenceSteps();
      int full = 2 * steps;
      assertThat(rows(engine, model.shippedJobs(Optional.empty()), full)).isEqualTo(full);
      int wanted = steps + EngineBenchmark.guidedSteps(steps);
      var interval = model.shippedJobs(Optional.of(EngineBenchmark.interval(model)));
      assertThat(rows(engine, interval, wanted)).isEqualTo(wanted);
    }
  }

  /** Network rows of one job, of which so many are looked for. */
  private static long rows(LocalEngine engine, Supplier<BenchJob> kind, int wanted)
      throws Exception {
    EngineReport before = engine.report();
    assertThat(engine.offer("job-" + System.nanoTime(), kind.get())).isTrue();
    while (engine.open() > 0) {
      engine.takeEnds(event -> {});
      Thread.sleep(1);
    }
    // The report of the last step may follow the end of its job.
    long startNanos = System.nanoTime();
    while (engine.report().networkRows() - before.networkRows() < wanted
        && System.nanoTime() - startNanos < REPORT_NANOS) {
      Thread.sleep(1);
    }
    return engine.report().networkRows() - before.networkRows();
  }

  private ModelUnderTest model() throws Exception {
    return ModelUnderTest.load(TinyModel.write(folder.resolve("c")));
  }
}
