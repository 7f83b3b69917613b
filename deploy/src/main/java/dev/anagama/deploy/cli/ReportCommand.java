package dev.anagama.deploy.cli;

import dev.anagama.trainer.comparison.Comparison;
import dev.anagama.trainer.comparison.CurveSource;
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
    name = "report",
    subcommands = {ReportGaussiansCommand.class, ReportGradientFieldCommand.class},
    description =
        "Draws evaluations beside each other: the frontier of Frechet distance and inception score,"
            + " both over the strength of guidance, variety, and tables in Markdown.")
final class ReportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.

  @Option(
      names = "--curve",
      paramLabel = "NAME=FILE[,KEY=VALUE...]",
      description =
          "A curve, repeatable: its name, an evaluation.json or the folder of one, and which of its"
              + " points: method, tuning (none, or a word such as interval), sampler, schedule,"
              + " steps, samples.")
  private List<String> curves = List.of();

  @Option(
      names = "--title",
      paramLabel = "TEXT",
      defaultValue = "Guidance",
      description = "Above the pictures and the tables (default: ${DEFAULT-VALUE}).")
  private String title = "";

  @Option(
      names = "--inception-scores",
      paramLabel = "X",
      split = ",",
      description =
          "Inception scores at which the curves are compared, joined by commas (default: five that"
              + " all of them have).")
  private List<Double> scores = List.of();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder for the pictures and " + Comparison.TABLES + ".",
      defaultValue = "report")
  private Path out = Path.of("");

  @Override
  public Integer call() throws IOException {
    if (curves.isEmpty()) {
      throw new IllegalArgumentException(
          "curve is missing; allowed: one --curve NAME=FILE or more, report gaussians or report"
              + " gradient-field");
    }
    Comparison.write(out, title, curves.stream().map(CurveSource::parse).toList(), scores);
    spec.commandLine().getOut().print(Files.readString(out.resolve(Comparison.TABLES)));
    spec.commandLine().getOut().flush();
    return 0;
  }
}
