package dev.anagama.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.bench.BenchmarkReport;
import dev.anagama.bench.faults.FaultBenchmark;
import dev.anagama.bench.pipeline.SoakBenchmark;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

class BenchOutputTest {
  @TempDir Path folder;

  /** A benchmark that has measured this already. */
  @Command(name = "measured")
  private static final class Measured implements Runnable {
    private final BenchmarkReport report;
    private final List<String> zeros;
    @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.
    @Mixin private BenchOutput output = new BenchOutput();

    Measured(BenchmarkReport report, List<String> zeros) {
      this.report = report;
      this.zeros = zeros;
    }

    @Override
    public void run() {
      output.write(report, zeros, spec.commandLine().getOut());
    }
  }

  /** What came of a call. */
  private record Ran(int code, String out, String err) {}

  static List<List<String>> zeros() {
    return List.of(FaultBenchmark.ZEROS, SoakBenchmark.ZEROS);
  }

  @ParameterizedTest
  @MethodSource("zeros")
  void report_oneFigureThatMustBeZeroIsNot_isGivenOutAndTheCommandFails(List<String> zeros)
      throws Exception {
    for (String broken : zeros) {
      BenchmarkReport report = report(zeros, Map.of(broken, 3.0));

      Ran ran = run(report, zeros);

      assertThat(ran.code()).isEqualTo(1);
      assertThat(ran.err().lines())
          .containsExactly("measured: " + broken + " is 3; each must be 0");
      assertThat(ran.out().strip()).isEqualTo(report.toJson());
      assertThat(Files.readString(folder.resolve("report.json")).strip())
          .isEqualTo(report.toJson());
    }
  }

  @ParameterizedTest
  @MethodSource("zeros")
  void report_allThatMustBeZeroIs_succeeds(List<String> zeros) {
    Ran ran = run(report(zeros, Map.of("other", 3.0)), zeros);

    assertThat(ran.code()).isZero();
    assertThat(ran.err()).isEmpty();
  }

  @Test
  void report_severalFigures_areNamedInOneLine_andOneThatIsMissingToo() {
    List<String> zeros = List.of("a.lost", "a.doubled", "a.unknown");
    BenchmarkReport report =
        new BenchmarkReport("a", Map.of(), Map.of("a.lost", 1.0, "a.doubled", 2.0));

    assertThat(run(report, zeros).err().lines())
        .containsExactly(
            "measured: a.lost is 1, a.doubled is 2, a.unknown is not known; each must be 0");
  }

  private static BenchmarkReport report(List<String> zeros, Map<String, Double> others) {
    Map<String, Double> results = new HashMap<>();
    zeros.forEach(key -> results.put(key, 0.0));
    results.putAll(others);
    return new BenchmarkReport("measured", Map.of(), results);
  }

  private Ran run(BenchmarkReport report, List<String> zeros) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        new CommandLine(new Measured(report, zeros))
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .setExecutionExceptionHandler(
                (e, command, parsed) -> Failures.failed(e, command, false))
            .execute("--json", folder.resolve("report.json").toString());
    return new Ran(code, out.toString(), err.toString());
  }
}
