package dev.anagama.deploy.cli;

import ai.djl.Device;
import ai.djl.engine.Engine;
import dev.anagama.bench.training.TrainingBenchmark;
import dev.anagama.bench.training.TrainingImages;
import dev.anagama.deploy.demo.TemporaryFolder;
import dev.anagama.deploy.progress.Progress;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.trainer.recipe.Recipes;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "training",
    description = "Training by the shipped checkpoint's recipe, over the same training in Python.")
final class BenchTrainingCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.

  @Option(
      names = "--turns",
      paramLabel = "N",
      defaultValue = "7",
      description = "How often everything is measured (default: ${DEFAULT-VALUE}).")
  private int turns;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "5",
      description = "Time for each measurement (default: ${DEFAULT-VALUE}).")
  private double seconds;

  @Mixin private PythonOption python = new PythonOption();

  @Mixin private BenchOutput output = new BenchOutput();

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path peer = Launcher.home().resolve("bench").resolve("peer").resolve("training.py");
    TrainingBenchmark.Plan plan =
        new TrainingBenchmark.Plan(turns, seconds, peer, python.candidates());
    Device device = Engine.getInstance().defaultDevice();
    try (Progress progress = Launcher.progress();
        TemporaryFolder work = TemporaryFolder.create("anagama-bench-")) {
      output.write(
          TrainingBenchmark.run(
              Recipes.named(Recipes.DEFAULT).options(Precision.bestOn(device)),
              TrainingImages.fashionMnist(),
              work.path(),
              device,
              plan,
              Clock.systemUTC(),
              progress::phase),
          spec.commandLine().getOut());
      return 0;
    }
  }
}
