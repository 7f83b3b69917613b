package dev.anagama.deploy.cli;

import dev.anagama.bench.engine.LatencyBenchmark;
import dev.anagama.bench.engine.ModelUnderTest;
import dev.anagama.deploy.demo.TemporaryFolder;
import dev.anagama.deploy.progress.Progress;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "latency",
    description = "Time from arrival to image under random arrivals, over that of whole batches.")
final class BenchLatencyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.

  @Option(
      names = "--checkpoint",
      paramLabel = "DIR",
      description = "Checkpoint to run (default: the one that comes with the project).")
  private Optional<Path> checkpoint = Optional.empty();

  @Option(
      names = "--turns",
      paramLabel = "N",
      defaultValue = "3",
      description = "Traces, each played to both (default: ${DEFAULT-VALUE}).")
  private int turns;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "60",
      description = "Length of a trace (default: ${DEFAULT-VALUE}).")
  private double seconds;

  @Option(
      names = "--warm-up-seconds",
      paramLabel = "S",
      defaultValue = "20",
      description = "Load for the engine before that (default: ${DEFAULT-VALUE}).")
  private double warmUpSeconds;

  @Option(
      names = "--load",
      paramLabel = "SHARE",
      defaultValue = "0.7",
      description = "Offered work over capacity (default: ${DEFAULT-VALUE}).")
  private double load;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of the arrivals (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Mixin private BenchOutput output = new BenchOutput();

  @Override
  public Integer call() throws IOException, InterruptedException {
    LatencyBenchmark.Plan plan =
        new LatencyBenchmark.Plan(turns, seconds, Math.min(10, seconds), warmUpSeconds, load, seed);
    try (Progress progress = Launcher.progress();
        TemporaryFolder work = TemporaryFolder.create("anagama-bench-");
        ModelUnderTest model =
            ModelUnderTest.load(
                Checkpoint.read(checkpoint.orElseGet(Launcher::shippedCheckpoint)))) {
      output.write(
          LatencyBenchmark.run(model, work.path(), plan, Clock.systemUTC(), progress::phase),
          spec.commandLine().getOut());
      return 0;
    }
  }
}
