package dev.anagama.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The random faults as they are called, for a moment. */
final class BenchFaultsIT {
  @Test
  @Timeout(value = 20, unit = TimeUnit.MINUTES)
  void bench_shortRun_losesNothingAndReportsTheFigures(@TempDir Path folder) throws Exception {
    Path json = folder.resolve("report.json");
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();

    int code =
        Main.run(
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            "bench",
            "faults",
            "--minutes=0.1",
            "--seed=3",
            "--pause-seconds=2",
            "--data=" + folder.resolve("data"),
            "--json=" + json);

    assertThat(code).as(() -> out + "\n" + err).isZero();
    JsonNode report = JsonMapper.builder().build().readTree(json.toFile());
    JsonNode results = report.path("results");
    assertThat(report.path("benchmark").asText()).isEqualTo("faults");
    for (String none : new String[] {"lost", "duplicate_terminal_events", "bad_objects"}) {
      assertThat(results.path("faults." + none).asInt(-1)).as(none).isZero();
    }
    for (String some : new String[] {"jobs", "injected", "kinds"}) {
      assertThat(results.path("faults." + some).asInt()).as(some).isPositive();
    }
    assertThat(results.has("faults.redone_share")).isTrue();
  }
}
