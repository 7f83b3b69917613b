package dev.anagama.deploy.cli;

import ai.djl.Device;
import ai.djl.engine.Engine;
import dev.anagama.deploy.progress.Progress;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.trainer.evaluation.Evaluation;
import dev.anagama.trainer.evaluation.Evaluator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "evaluate",
    description =
        "Measures how many generated images a classifier trained on real ones recognises, over"
            + " guidance scales, and writes evaluation.json.")
final class EvaluateCommand implements Callable<Integer> {
  private static final int PER_CENT = 100;

  @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.

  @Option(
      names = "--checkpoint",
      paramLabel = "DIR",
      required = true,
      description = "The checkpoint's folder.")
  private Path checkpoint = Path.of("");

  @Option(
      names = "--data",
      paramLabel = "DIR",
      required = true,
      description = "Folder with the IDX files of real images and labels, plain or gzipped.")
  private Path data = Path.of("");

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Folder for evaluation.json.")
  private Path out = Path.of("");

  @Option(
      names = "--scales",
      paramLabel = "S",
      split = ",",
      defaultValue = "1,2,4",
      description = "Guidance scales, joined by commas (default: ${DEFAULT-VALUE}).")
  private List<Double> scales = List.of();

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "1000",
      description =
          "Images at each scale, a multiple of the number of classes (default: ${DEFAULT-VALUE}).")
  private int samples;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "32",
      description = "Steps of DDIM, 1 to 1000 (default: ${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of the noise and the classifier (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--record",
      description = "Write the figures into the checkpoint's manifest; for one not published yet.")
  private boolean record;

  @Override
  public Integer call() throws IOException {
    Device device = Engine.getInstance().defaultDevice();
    List<Double> weights = scales.stream().map(scale -> scale - 1).toList();
    Evaluator.Plan plan = new Evaluator.Plan(weights, samples, steps, seed);
    try (Progress progress = Launcher.progress()) {
      Evaluation evaluation =
          Evaluator.evaluate(checkpoint, data, out, plan, device, new Watched(progress));
      progress.phase("Evaluated");
      spec.commandLine()
          .getOut()
          .printf(
              "real test images: label accuracy %.3f%n", evaluation.reference().labelAccuracy());
      for (Evaluation.Point point : evaluation.points()) {
        spec.commandLine()
            .getOut()
            .printf(
                "guidance scale %.2f (w = %.2f): label accuracy %.3f%n",
                1 + point.guidanceWeight(), point.guidanceWeight(), point.labelAccuracy());
      }
      if (record) {
        Checkpoint.read(checkpoint).withMetrics(metrics(evaluation));
      }
      return 0;
    }
  }

  private static Map<String, Double> metrics(Evaluation evaluation) {
    Map<String, Double> metrics = new TreeMap<>();
    metrics.put("label_accuracy_real", evaluation.reference().labelAccuracy());
    for (Evaluation.Point point : evaluation.points()) {
      metrics.put("label_accuracy_w" + point.guidanceWeight(), point.labelAccuracy());
    }
    return metrics;
  }

  /** A bar for each part, in per cent. */
  private static final class Watched implements Evaluator.Progress {
    private final Progress progress;
    private String current = "";

    Watched(Progress progress) {
      this.progress = progress;
    }

    @Override
    public void advanced(String part, double share) {
      if (!part.equals(current)) {
        progress.begin(part, "%", 0, PER_CENT);
        current = part;
      }
      progress.at(Math.round(share * PER_CENT), part);
    }
  }
}
