package dev.anagama.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.anagama.bench.TinyModel;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The benchmarks as they are called, each for a moment. */
final class BenchCommandsIT {
  @TempDir private Path folder;

  @BeforeEach
  void setHome() {
    System.setProperty(Launcher.PROPERTY, Path.of("..").toAbsolutePath().normalize().toString());
  }

  @AfterEach
  void clearHome() {
    System.clearProperty(Launcher.PROPERTY);
  }

  @ParameterizedTest
  @CsvSource({
    "network, --batch-sizes 1 --seconds 0.01, network.float16.batch_1.images_per_second",
    "engine, --turns 1 --seconds 0.1 --warm-up-seconds 0.1 --python no-such-python,"
        + " engine.efficiency",
    "pipeline, --turns 1 --jobs 5 --warm-up-jobs 0, pipeline.efficiency",
    "latency, --turns 1 --seconds 0.3 --warm-up-seconds 0.1 --seed 3,"
        + " latency.p95_ratio_vs_whole_batch",
    "soak, --minutes 0.03, soak.lost"
  })
  void bench_shortRun_printsAndWritesOneReport(String benchmark, String options, String key)
      throws Exception {
    Path json = folder.resolve("report.json");
    List<String> args = new ArrayList<>(List.of("bench", benchmark));
    args.addAll(List.of(options.split(" ")));
    args.addAll(
        List.of(
            "--checkpoint",
            TinyModel.write(folder.resolve("c")).folder().toString(),
            "--json",
            json.toString()));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();

    int code =
        Main.run(
            new PrintWriter(out, true), new PrintWriter(err, true), args.toArray(String[]::new));

    assertThat(err.toString()).isEmpty();
    assertThat(code).isZero();
    JsonNode report = new ObjectMapper().readTree(out.toString());
    assertThat(report).isEqualTo(new ObjectMapper().readTree(json.toFile()));
    assertThat(report.fieldNames()).toIterable().containsExactly("benchmark", "machine", "results");
    assertThat(report.path("benchmark").asText()).isEqualTo(benchmark);
    assertThat(report.path("results").path(key).isNumber()).isTrue();
  }
}
