package dev.anagama.deploy.cli;

import ai.djl.Device;
import ai.djl.engine.Engine;
import dev.anagama.deploy.demo.TemporaryFolder;
import dev.anagama.deploy.progress.Progress;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.trainer.recipe.Recipe;
import dev.anagama.trainer.recipe.RecipeTrial;
import dev.anagama.trainer.recipe.Recipes;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "try",
    description =
        "Builds a recipe's network and takes one step of training and one of sampling on random"
            + " pixels: does it fit into this machine, and how long does a step take? Nothing is"
            + " kept.")
final class RecipesTryCommand implements Callable<Integer> {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final double KB_PER_GB = 1e6 / 1.024;

  @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.

  @Parameters(paramLabel = "NAME|FILE", description = "The recipe.")
  private String name = "";

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "1",
      description = "Images of the training step, 1 to 64 (default: ${DEFAULT-VALUE}).")
  private int rows;

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      description = "float32 or bfloat16 (default: what this machine gains from).")
  private Optional<Precision> precision = Optional.empty();

  @Override
  public Integer call() throws Exception {
    return AbruptStop.during(this::tried);
  }

  private int tried() throws IOException {
    Recipe recipe = Recipes.named(name);
    Device device = Engine.getInstance().defaultDevice();
    Precision chosen = precision.orElseGet(() -> Precision.bestOn(device));
    try (Progress progress = Launcher.progress();
        TemporaryFolder work = TemporaryFolder.create("anagama-try-")) {
      RecipeTrial trial =
          RecipeTrial.run(
              recipe, rows, chosen, work.path(), device, Clock.systemUTC(), progress::phase);
      PrintWriter out = spec.commandLine().getOut();
      out.printf("%s in %s on %s%n", name, chosen.label(), device);
      out.printf("  parameters      %,d%n", trial.parameters());
      out.printf("  built in        %.1f s%n", seconds(trial.build()));
      out.printf(
          "  training step   %.1f s, %d rows, loss %.3f%n",
          seconds(trial.training()), trial.rows(), trial.loss());
      out.printf("  loaded in       %.1f s%n", seconds(trial.open()));
      out.printf("  sampling step   %.1f s, one guided image%n", seconds(trial.sampling()));
      peakGb().ifPresent(gb -> out.printf("  most memory     %.1f GB%n", gb));
      return 0;
    }
  }

  private static double seconds(Duration spent) {
    return spent.toMillis() / 1e3;
  }

  /** Most memory that the process ever had, where the system tells. */
  private static Optional<Double> peakGb() throws IOException {
    if (!Files.isReadable(STATUS)) {
      return Optional.empty();
    }
    try (Stream<String> lines = Files.lines(STATUS)) {
      return lines
          .filter(line -> line.startsWith("VmHWM:"))
          .map(line -> Double.parseDouble(line.split("\\s+")[1]) / KB_PER_GB)
          .findFirst();
    }
  }
}
