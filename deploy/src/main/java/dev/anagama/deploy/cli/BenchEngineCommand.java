package dev.anagama.deploy.cli;

import dev.anagama.bench.engine.EngineBenchmark;
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
    name = "engine",
    description =
        "The engine at full load, over raw forward passes, a matrix product and a Python loop.")
final class BenchEngineCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.

  @Option(
      names = "--checkpoint",
      paramLabel = "DIR",
      description = "Checkpoint to run (default: the one that comes with the project).")
  private Optional<Path> checkpoint = Optional.empty();

  @Option(
      names = "--turns",
      paramLabel = "N",
      defaultValue = "9",
      description = "How often everything is measured (default: ${DEFAULT-VALUE}).")
  private int turns;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "3",
      description = "Time for each measurement (default: ${DEFAULT-VALUE}).")
  private double seconds;

  @Option(
      names = "--warm-up-seconds",
      paramLabel = "S",
      defaultValue = "30",
      description = "Load for the engine before that (default: ${DEFAULT-VALUE}).")
  private double warmUpSeconds;

  @Mixin private PythonOption python = new PythonOption();

  @Mixin private BenchOutput output = new BenchOutput();

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path peer = Launcher.home().resolve("bench").resolve("peer").resolve("guided_ddim.py");
    EngineBenchmark.Plan plan =
        new EngineBenchmark.Plan(turns, seconds, warmUpSeconds, peer, python.candidates());
    try (Progress progress = Launcher.progress();
        TemporaryFolder work = TemporaryFolder.create("anagama-bench-");
        ModelUnderTest model =
            ModelUnderTest.load(
                Checkpoint.read(checkpoint.orElseGet(Launcher::shippedCheckpoint)))) {
      output.write(
          EngineBenchmark.run(model, work.path(), plan, Clock.systemUTC(), progress::phase),
          spec.commandLine().getOut());
      return 0;
    }
  }
}
