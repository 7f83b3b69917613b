package dev.anagama.deploy.cli;

import dev.anagama.bench.pipeline.SoakBenchmark;
import dev.anagama.deploy.demo.TemporaryFolder;
import dev.anagama.deploy.progress.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "soak",
    description = "The whole service at full load for long: is anything lost, does anything grow?")
final class BenchSoakCommand implements Callable<Integer> {
  private static final Duration LOOK_EVERY = Duration.ofSeconds(10);

  /** Also a short soak has two looks in each third. */
  private static final int LEAST_LOOKS = 6;

  @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.

  @Option(
      names = "--checkpoint",
      paramLabel = "DIR",
      description = "Checkpoint to run (default: the one that comes with the project).")
  private Optional<Path> checkpoint = Optional.empty();

  @Option(
      names = "--minutes",
      paramLabel = "N",
      defaultValue = "30",
      description = "How long (default: ${DEFAULT-VALUE}).")
  private double minutes;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of the mix of jobs (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Mixin private BenchOutput output = new BenchOutput();

  @Override
  public Integer call() throws IOException, InterruptedException {
    Duration length = Duration.ofMillis(Math.round(minutes * 60_000));
    Duration share = length.dividedBy(LEAST_LOOKS);
    SoakBenchmark.Plan plan =
        new SoakBenchmark.Plan(length, share.compareTo(LOOK_EVERY) < 0 ? share : LOOK_EVERY, seed);
    try (Progress progress = Launcher.progress();
        TemporaryFolder data = TemporaryFolder.create("anagama-soak-")) {
      output.write(
          SoakBenchmark.run(
              checkpoint.orElseGet(Launcher::shippedCheckpoint),
              data.path(),
              plan,
              Clock.systemUTC(),
              progress::phase,
              output::keep),
          SoakBenchmark.ZEROS,
          spec.commandLine().getOut());
      return 0;
    }
  }
}
