package dev.anagama.deploy.cli;

import dev.anagama.bench.pipeline.PipelineBenchmark;
import dev.anagama.deploy.demo.TemporaryFolder;
import dev.anagama.deploy.progress.Progress;
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
    name = "pipeline",
    description = "The whole way of a job, from submission to its event, over the engine alone.")
final class BenchPipelineCommand implements Callable<Integer> {
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
      description = "How often both are measured (default: ${DEFAULT-VALUE}).")
  private int turns;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      defaultValue = "500",
      description = "Jobs of one image in each measurement (default: ${DEFAULT-VALUE}).")
  private int jobs;

  @Option(
      names = "--warm-up-jobs",
      paramLabel = "N",
      defaultValue = "6000",
      description = "Jobs before the first measurement (default: ${DEFAULT-VALUE}).")
  private int warmUpJobs;

  @Mixin private BenchOutput output = new BenchOutput();

  @Override
  public Integer call() throws IOException, InterruptedException {
    PipelineBenchmark.Plan plan = new PipelineBenchmark.Plan(turns, jobs, warmUpJobs);
    try (Progress progress = Launcher.progress();
        TemporaryFolder work = TemporaryFolder.create("anagama-bench-")) {
      output.write(
          PipelineBenchmark.run(
              checkpoint.orElseGet(Launcher::shippedCheckpoint),
              work.path(),
              plan,
              Clock.systemUTC(),
              progress::phase),
          spec.commandLine().getOut());
      return 0;
    }
  }
}
