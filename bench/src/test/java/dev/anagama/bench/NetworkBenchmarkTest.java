package dev.anagama.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.network.Precision;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetworkBenchmarkTest {
  @TempDir Path folder;

  @Test
  void run_everyCombination_reportsARateAndProgressForEach() throws Exception {
    NetworkBenchmark.Plan plan =
        new NetworkBenchmark.Plan(
            List.of(1, 4), List.of(Precision.FLOAT32, Precision.BFLOAT16), 0.01);
    List<String> progress = new ArrayList<>();

    BenchmarkReport report =
        NetworkBenchmark.run(checkpoint(), Device.cpu(), plan, System::nanoTime, progress::add);

    assertThat(report.results())
        .containsOnlyKeys(
            "network.float32.batch_1.images_per_second",
            "network.float32.batch_4.images_per_second",
            "network.bfloat16.batch_1.images_per_second",
            "network.bfloat16.batch_4.images_per_second",
            "network.best_precision_ratio");
    assertThat(report.results().values()).allMatch(rate -> rate > 0 && Double.isFinite(rate));
    assertThat(progress).hasSize(4);
  }

  @Test
  void run_clockThatTicksOneSecond_countsImagesOverElapsedTime() throws Exception {
    long[] nanos = {0};
    NetworkBenchmark.Plan plan =
        new NetworkBenchmark.Plan(List.of(5), List.of(Precision.FLOAT32), 3);

    BenchmarkReport report =
        NetworkBenchmark.run(
            checkpoint(), Device.cpu(), plan, () -> nanos[0]++ * 1_000_000_000L, line -> {});

    assertThat(report.results())
        .containsEntry("network.float32.batch_5.images_per_second", 5.0)
        .hasSize(1);
  }

  @Test
  void plan_outOfRange_isRefused() {
    assertThatThrownBy(() -> new NetworkBenchmark.Plan(List.of(4, 0), List.of(), 1))
        .hasMessageContaining("batches of [4, 0] rows");
    assertThatThrownBy(() -> new NetworkBenchmark.Plan(List.of(4), List.of(), 0))
        .hasMessageContaining("for 0.0 s");
  }

  @Test
  void toJson_anyReport_hasTheReleasedForm() throws Exception {
    BenchmarkReport report =
        new BenchmarkReport(
            "network", Machine.describe(Device.cpu()), new TreeMap<>(Map.of("a", 1.5)));

    JsonNode json = new ObjectMapper().readTree(report.toJson());

    assertThat(json.fieldNames()).toIterable().containsExactly("benchmark", "machine", "results");
    assertThat(json.path("results").path("a").asDouble()).isEqualTo(1.5);
    assertThat(json.path("machine").path("cores").asInt()).isPositive();
  }

  private Checkpoint checkpoint() throws Exception {
    return TinyModel.write(folder);
  }
}
