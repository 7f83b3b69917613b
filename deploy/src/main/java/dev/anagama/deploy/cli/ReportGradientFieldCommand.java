package dev.anagama.deploy.cli;

import dev.anagama.deploy.progress.Progress;
import dev.anagama.trainer.data.DataFolder;
import dev.anagama.trainer.gradientfield.FieldMeter;
import dev.anagama.trainer.gradientfield.GradientFieldPlan;
import dev.anagama.trainer.gradientfield.GradientFieldReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "gradient-field",
    description =
        "Measures how far a checkpoint's guidance direction is from being the gradient of any"
            + " classifier: the antisymmetric share of its Jacobian around noisy test images, 0 for a"
            + " gradient. The gradient of a real classifier is measured beside it, as a control.")
final class ReportGradientFieldCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.

  @Option(
      names = "--checkpoint",
      paramLabel = "DIR",
      required = true,
      description = "The checkpoint's folder.")
  private Path checkpoint = Path.of("");

  @Option(
      names = "--classifier",
      paramLabel = "DIR",
      required = true,
      description = "Folder that train-classifier wrote: the control.")
  private Path classifier = Path.of("");

  @Option(
      names = "--data",
      paramLabel = "DIR",
      required = true,
      description = "Folder with real images, as for evaluate.")
  private Path data = Path.of("");

  @Option(
      names = "--log-snrs",
      paramLabel = "L",
      split = ",",
      defaultValue = "-4,-2,0,2,4",
      description = "Log-SNR of the levels, joined by commas (default: ${DEFAULT-VALUE}).")
  private List<Double> logSnrs = List.of();

  @Option(
      names = "--images",
      paramLabel = "N",
      defaultValue = "64",
      description = "Test images, each with noise of its own (default: ${DEFAULT-VALUE}).")
  private int images;

  @Option(
      names = "--directions",
      paramLabel = "K",
      defaultValue = "16",
      description =
          "Random directions at each; every pair gives an estimate (default: ${DEFAULT-VALUE}).")
  private int directions;

  @Option(
      names = "--step",
      paramLabel = "H",
      defaultValue = "0.02",
      description =
          "Step of the differences, in units of the level's noise (default: ${DEFAULT-VALUE}).")
  private double step;

  @Option(
      names = "--scale",
      paramLabel = "S",
      defaultValue = "2",
      description = "Guidance scale, 1 + w, of the guided field (default: ${DEFAULT-VALUE}).")
  private double scale;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of noise and directions (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      defaultValue = "gradient-field.json",
      description = "The report as JSON (default: ${DEFAULT-VALUE}).")
  private Path out = Path.of("");

  @Override
  public Integer call() throws Exception {
    return AbruptStop.during(this::measure);
  }

  private Integer measure() throws IOException {
    GradientFieldPlan plan =
        new GradientFieldPlan(logSnrs, images, directions, step, ArmOptions.weight(scale), seed);
    Path file = out.toAbsolutePath();
    Files.createDirectories(file.getParent());
    try (Progress progress = Launcher.progress()) {
      progress.begin("Measuring", "images", 0, (long) plan.logSnrs().size() * images);
      GradientFieldReport report =
          FieldMeter.measure(
              new FieldMeter.Folders(checkpoint, classifier, new DataFolder(data)),
              plan,
              (done, total) -> progress.at(done, "noisy images"));
      progress.phase("Measured");
      report.write(file);
      print(report, spec.commandLine().getOut());
      return 0;
    }
  }

  private static void print(GradientFieldReport report, PrintWriter to) {
    for (GradientFieldReport.Measurement measured : report.measurements()) {
      to.printf(
          "log-SNR %5.1f, %-20s antisymmetric share %.3g +- %.2g, gain %.3g%n",
          measured.logSnr(),
          measured.field().label() + ":",
          measured.antisymmetricShare(),
          measured.standardError(),
          measured.gain());
    }
    to.flush();
  }
}
