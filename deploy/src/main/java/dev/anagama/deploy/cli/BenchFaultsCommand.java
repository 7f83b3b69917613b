package dev.anagama.deploy.cli;

import dev.anagama.bench.BenchmarkReport;
import dev.anagama.bench.faults.FaultBenchmark;
import dev.anagama.deploy.demo.TemporaryFolder;
import dev.anagama.deploy.progress.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "faults",
    description = "Everything that can go wrong, at random: does every job end once and whole?")
final class BenchFaultsCommand implements Callable<Integer> {
  private static final double SECONDS_PER_MINUTE = 60;

  @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.

  @Option(
      names = "--minutes",
      paramLabel = "N",
      defaultValue = "20",
      description = "How long (default: ${DEFAULT-VALUE}).")
  private double minutes;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of the jobs and the faults (default: another one each time).")
  private Optional<Long> seed = Optional.empty();

  @Option(
      names = "--jobs-per-second",
      paramLabel = "N",
      defaultValue = "2.5",
      description = "Mean rate of submissions (default: ${DEFAULT-VALUE}).")
  private double jobsPerSecond;

  @Option(
      names = "--pause-seconds",
      paramLabel = "N",
      defaultValue = "15",
      description = "Most time between a fault and the next one (default: ${DEFAULT-VALUE}).")
  private double pauseSeconds;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Keep everything there, logs with it (default: a folder that is deleted).")
  private Optional<Path> data = Optional.empty();

  @Mixin private BenchOutput output = new BenchOutput();

  @Override
  public Integer call() throws IOException, InterruptedException, TimeoutException {
    FaultBenchmark.Plan plan =
        new FaultBenchmark.Plan(
            duration(minutes * SECONDS_PER_MINUTE),
            seed.orElseGet(System::nanoTime),
            jobsPerSecond,
            duration(pauseSeconds));
    try (Progress progress = Launcher.progress();
        TemporaryFolder temporary = TemporaryFolder.create("anagama-faults-")) {
      BenchmarkReport report =
          FaultBenchmark.run(
              Main.class.getName(),
              data.orElse(temporary.path()),
              plan,
              Clock.systemUTC(),
              progress::phase);
      output.write(report, FaultBenchmark.ZEROS, spec.commandLine().getOut());
      return 0;
    }
  }

  private static Duration duration(double seconds) {
    return Duration.ofMillis(Math.round(seconds * 1000));
  }
}
