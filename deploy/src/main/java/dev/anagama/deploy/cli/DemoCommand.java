package dev.anagama.deploy.cli;

import dev.anagama.deploy.demo.Demo;
import dev.anagama.deploy.demo.DemoOptions;
import dev.anagama.deploy.demo.DemoSummary;
import dev.anagama.deploy.progress.Progress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "demo",
    description =
        "Starts everything in this process, generates images of every class at several guidance"
            + " scales through the gateway, and stops.")
final class DemoCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "out",
      description = "Folder for grid.png, summary.json and images/ (default: ${DEFAULT-VALUE}).")
  private Path out = Path.of("out");

  @Option(
      names = "--images",
      paramLabel = "N",
      defaultValue = "4",
      description = "Images of each class at each guidance scale, 1 to 64 (default: 4).")
  private int images;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Steps of the reverse process (default: the model's).")
  private Optional<Integer> steps = Optional.empty();

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of the first class; class k uses N + k (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--checkpoint",
      paramLabel = "DIR",
      description = "Checkpoint to serve (default: the one that comes with the project).")
  private Optional<Path> checkpoint = Optional.empty();

  @Override
  public Integer call() {
    DemoOptions options =
        new DemoOptions(
            out,
            checkpoint.orElseGet(Launcher::shippedCheckpoint),
            images,
            steps.map(OptionalInt::of).orElseGet(OptionalInt::empty),
            seed);
    try (StopSignal stop = StopSignal.install();
        Progress progress = Launcher.progress()) {
      DemoSummary summary = new Demo(options, progress, stop::requested, Clock.systemUTC()).run();
      spec.commandLine()
          .getOut()
          .printf(
              "%d of %d jobs succeeded, %d images, %d terminal events, %.1f s%n%s%n%s%n",
              summary.jobsSucceeded(),
              summary.jobsSubmitted(),
              summary.images(),
              summary.terminalEvents(),
              summary.wallSeconds(),
              out.resolve("grid.png"),
              out.resolve("summary.json"));
      return 0;
    }
  }
}
