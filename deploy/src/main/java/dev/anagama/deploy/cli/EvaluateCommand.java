package dev.anagama.deploy.cli;

import ai.djl.Device;
import ai.djl.engine.Engine;
import dev.anagama.deploy.progress.Progress;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.SamplingDefaults;
import dev.anagama.trainer.data.DataFolder;
import dev.anagama.trainer.evaluation.Evaluation;
import dev.anagama.trainer.evaluation.EvaluationFile;
import dev.anagama.trainer.evaluation.EvaluationPlan;
import dev.anagama.trainer.evaluation.EvaluationProgress;
import dev.anagama.trainer.evaluation.Evaluator;
import dev.anagama.trainer.sampling.GuidanceMethod;
import dev.anagama.trainer.sampling.SamplingPlan;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "evaluate",
    description =
        "Measures generated images over strengths of guidance against real ones, with classifiers"
            + " trained on real images, and writes evaluation.json and pictures. The same command"
            + " again goes on where it stopped; other methods, samplers and steps add to what is"
            + " there.")
final class EvaluateCommand implements Callable<Integer> {
  private static final SamplingDefaults ANY_DEFAULTS = new SamplingDefaults(1, 1, "ddim");

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
      description =
          "Folder with real images: IDX files, or pictures under train/CLASS/ and test/CLASS/,"
              + " which are brought to the checkpoint's size.")
  private Path data = Path.of("");

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Folder for evaluation.json and the pictures.")
  private Path out = Path.of("");

  @Option(
      names = "--features",
      paramLabel = "DIR",
      description =
          "Folder of the classifiers that measure. They are trained if it has none; figures can be"
              + " compared only if they come from the same ones (default: features in --out).")
  private Optional<Path> features = Optional.empty();

  @Option(
      names = "--feature-images",
      paramLabel = "N",
      defaultValue = "300000",
      description =
          "Images to train each classifier on, repeats counted (default: ${DEFAULT-VALUE}).")
  private long featureImages;

  @Mixin private ArmOptions arm = new ArmOptions();

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "1000",
      description =
          "Images at each strength, in the classes' shares of the data (default: ${DEFAULT-VALUE}).")
  private int samples;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Steps of the sampler, 1 to 1024 (default: the checkpoint's).")
  private Optional<Integer> steps = Optional.empty();

  @Option(
      names = "--sampler",
      paramLabel = "NAME",
      description = "ddim, ancestral, dpmpp_2m or heun (default: the checkpoint's).")
  private Optional<String> sampler = Optional.empty();

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      description = "cosine, linear_log_snr or edm (default: the checkpoint's).")
  private Optional<String> schedule = Optional.empty();

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "First seed of the noise (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--seeds",
      paramLabel = "K",
      defaultValue = "1",
      description = "Repeat everything with so many seeds (default: ${DEFAULT-VALUE}).")
  private int seeds;

  @Option(names = "--json", description = "Print what evaluation.json says instead of a table.")
  private boolean json;

  @Option(
      names = "--record",
      description =
          "Write the figures of classifier-free guidance into the checkpoint's manifest; for one not"
              + " published yet.")
  private boolean record;

  @Override
  public Integer call() throws Exception {
    return AbruptStop.during(this::evaluate);
  }

  private Integer evaluate() throws IOException {
    Device device = Engine.getInstance().defaultDevice();
    // What was given is looked at before the checkpoint is, whose files may be large.
    var unused = plan(ANY_DEFAULTS);
    EvaluationPlan plan = plan(Checkpoint.read(checkpoint).manifest().defaults());
    Evaluator.Folders folders =
        new Evaluator.Folders(
            checkpoint, new DataFolder(data), features.orElse(out.resolve("features")), out);
    try (Progress progress = Launcher.progress()) {
      Evaluation evaluation =
          Evaluator.evaluate(folders, plan, device, Clock.systemUTC(), new Watched(progress));
      progress.phase("Evaluated");
      if (json) {
        spec.commandLine().getOut().print(EvaluationFile.text(evaluation));
        spec.commandLine().getOut().flush();
      } else {
        print(evaluation, spec.commandLine().getOut());
      }
      if (record) {
        Checkpoint.read(checkpoint).withMetrics(metrics(evaluation, plan.sampling()));
      }
      return 0;
    }
  }

  private EvaluationPlan plan(SamplingDefaults defaults) {
    return new EvaluationPlan(
        arm.source(),
        arm.strengths(),
        samples,
        new SamplingPlan(
            sampler.orElse(defaults.sampler()),
            schedule.orElse(defaults.schedule().label()),
            steps.orElse(defaults.numInferenceSteps())),
        seed,
        seeds,
        featureImages);
  }

  private static void print(Evaluation evaluation, PrintWriter out) {
    out.printf(
        "real test images: label accuracy %.4f, inception score %.3f, Frechet distance %.3f%n",
        evaluation.reference().labelAccuracy(),
        evaluation.reference().inceptionScore(),
        evaluation.reference().floor().fid());
    out.printf("noise: Frechet distance %.1f%n", evaluation.reference().ceiling().fid());
    for (Evaluation.Summary point : evaluation.summary()) {
      out.printf(
          "%s, %s = %.2f, %s, %s, %d steps, %d x %d images: FID %.3f, IS %.3f, precision %.3f,"
              + " recall %.3f, coverage %.3f, label accuracy %.4f%n",
          point.guidance().label(),
          point.guidance().axis().symbol(),
          point.strength(),
          point.sampler(),
          point.schedule(),
          point.steps(),
          point.figure("fid").count(),
          point.samples(),
          point.figure("fid").mean(),
          point.figure("inception_score").mean(),
          point.figure("precision").mean(),
          point.figure("recall").mean(),
          point.figure("coverage").mean(),
          point.figure("label_accuracy").mean());
    }
  }

  private Map<String, Double> metrics(Evaluation evaluation, SamplingPlan sampling) {
    Map<String, Double> metrics = new TreeMap<>();
    metrics.put("label_accuracy_real", evaluation.reference().labelAccuracy());
    metrics.put("fid_real", evaluation.reference().floor().fid());
    evaluation.summary().stream()
        .filter(
            point ->
                point.guidance().equals(GuidanceMethod.ClassifierFree.PLAIN)
                    && point.sampling().equals(sampling)
                    && point.samples() == samples)
        .forEach(
            point -> {
              for (String name : List.of("fid", "inception_score", "label_accuracy")) {
                metrics.put(name + "_w" + point.guidanceWeight(), point.figure(name).mean());
              }
            });
    return metrics;
  }

  /** A bar for each part. */
  private static final class Watched implements EvaluationProgress {
    private final Progress progress;
    private String current = "";

    Watched(Progress progress) {
      this.progress = progress;
    }

    @Override
    public void advanced(String part, long done, long total) {
      if (!part.equals(current)) {
        progress.begin(part, "images", 0, total);
        current = part;
      }
      progress.at(done, part);
    }
  }
}
