package dev.anagama.deploy.cli;

import dev.anagama.trainer.toy.GaussianFigure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "gaussians",
    description =
        "Draws the paper's Figure 2: what guidance makes of three Gaussians in the plane, one for"
            + " each class.")
final class ReportGaussiansCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.

  @Option(
      names = "--scales",
      paramLabel = "S",
      split = ",",
      defaultValue = "1,2,3,5",
      description = "Guidance scales, 1 + w, joined by commas (default: ${DEFAULT-VALUE}).")
  private List<Double> scales = List.of();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      defaultValue = "gaussians.png",
      description = "The picture (default: ${DEFAULT-VALUE}).")
  private Path out = Path.of("");

  @Override
  public Integer call() throws IOException {
    List<Double> weights = scales.stream().map(ArmOptions::weight).toList();
    Files.write(out, GaussianFigure.png(weights));
    for (GaussianFigure.Effect effect : GaussianFigure.effects(weights)) {
      spec.commandLine()
          .getOut()
          .printf(
              "w = %.2f: mean at %.3f, variance %.4f outwards and %.4f sideways, entropy %.3f%n",
              effect.weight(),
              effect.distance(),
              effect.outwards(),
              effect.sideways(),
              effect.entropy());
    }
    return 0;
  }
}
