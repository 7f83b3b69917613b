package dev.anagama.bench.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.Device;
import dev.anagama.bench.BenchmarkReport;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.trainer.recipe.Recipes;
import dev.anagama.trainer.training.NetworkSize;
import dev.anagama.trainer.training.TrainingOptions;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingBenchmarkTest {
  private static final Path PEER = Path.of("peer", "training.py");

  @TempDir private Path folder;

  private BenchmarkReport run(Precision precision, int turns, String python, List<String> progress)
      throws Exception {
    return TrainingBenchmark.run(
        tiny(precision),
        TrainingImages.synthetic(new ImageShape(1, 8, 8)),
        folder,
        Device.cpu(),
        new TrainingBenchmark.Plan(turns, 0.05, PEER, List.of(python)),
        Clock.systemUTC(),
        progress::add);
  }

  /** The recipe with a network that takes a moment. */
  private static TrainingOptions tiny(Precision precision) {
    TrainingOptions recipe = Recipes.named(Recipes.DEFAULT).options(precision);
    return recipe
        .with(recipe.optimisation().withBatchSize(16))
        .with(new NetworkSize(List.of(8, 16), List.of(1), 1, 2, 16));
  }

  @Test
  void run_withoutPython_reportsEverythingElseAndSaysWhy() throws Exception {
    List<String> progress = new ArrayList<>();
    BenchmarkReport report = run(Precision.FLOAT32, 2, "no-such-python", progress);

    assertThat(report.benchmark()).isEqualTo("training");
    assertThat(report.results())
        .containsOnlyKeys(
            "training.batch",
            "training.images_per_second",
            "training.seconds_forward_backward",
            "training.seconds_optimizer",
            "training.seconds_data");
    assertThat(report.results().values()).allMatch(x -> x > 0 && Double.isFinite(x));
    assertThat(report.machine())
        .containsEntry("precision", "float32")
        .containsEntry("data", "synthetic images of 8x8")
        .doesNotContainKey("python_peer");
    assertThat(progress).hasSize(3);
    assertThat(progress.get(0)).contains("no-such-python", "--python");
    assertThat(progress.get(2)).contains("turn 2 of 2");
  }

  @Test
  void run_withPython_findsTheSameLossesAndComparesWithIt() throws Exception {
    String python = System.getenv("ANAGAMA_PYTHON");
    assumeThat(python).as("ANAGAMA_PYTHON names a Python with torch").isNotNull();
    for (Precision precision : List.of(Precision.FLOAT32, Precision.BFLOAT16)) {
      BenchmarkReport report = run(precision, 1, python, new ArrayList<>());

      assertThat(report.results())
          .containsKeys("training.python_images_per_second", "training.vs_python");
      assertThat(report.machine().get("python_peer")).contains("PyTorch", "batches of 16");
    }
  }

  @Test
  void relativeError_losses_isTheLargestOfAStep() {
    assertThat(TrainingBenchmark.relativeError(List.of(1.0, 0.5), List.of(1.01, 0.45)))
        .isCloseTo(0.1, within(1e-12));
  }

  @Test
  void plan_outOfRange_isRefused() {
    assertThatThrownBy(() -> new TrainingBenchmark.Plan(0, 1, PEER, List.of()))
        .hasMessageContaining("0 turns");
    assertThatThrownBy(() -> new TrainingBenchmark.Plan(1, 0, PEER, List.of()))
        .hasMessageContaining("of 0.0 s");
  }
}
