package dev.anagama.deploy.cli;

import ai.djl.Device;
import ai.djl.engine.Engine;
import dev.anagama.bench.BenchmarkReport;
import dev.anagama.bench.NetworkBenchmark;
import dev.anagama.deploy.progress.Progress;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.network.Precision;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "network",
    description = "Images a second through one forward pass, by precision and batch size.")
final class BenchNetworkCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.

  @Option(
      names = "--checkpoint",
      paramLabel = "DIR",
      description = "Checkpoint to run (default: the one that comes with the project).")
  private Optional<Path> checkpoint = Optional.empty();

  @Option(
      names = "--batch-sizes",
      paramLabel = "N",
      split = ",",
      defaultValue = "1,4,8,16,32,64",
      description = "Rows of a pass, joined by commas (default: ${DEFAULT-VALUE}).")
  private List<Integer> batchSizes = List.of();

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "3",
      description = "Time for each combination (default: ${DEFAULT-VALUE}).")
  private double seconds;

  @Mixin private BenchOutput output = new BenchOutput();

  @Override
  public Integer call() {
    Device device = Engine.getInstance().defaultDevice();
    NetworkBenchmark.Plan plan =
        new NetworkBenchmark.Plan(batchSizes, List.of(Precision.values()), seconds);
    try (Progress progress = Launcher.progress()) {
      BenchmarkReport report =
          NetworkBenchmark.run(
              Checkpoint.read(checkpoint.orElseGet(Launcher::shippedCheckpoint)),
              device,
              plan,
              System::nanoTime,
              progress::phase);
      output.write(report, spec.commandLine().getOut());
      return 0;
    }
  }
}
