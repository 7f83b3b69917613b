package dev.anagama.deploy.cli;

import ai.djl.Device;
import ai.djl.engine.Engine;
import dev.anagama.deploy.progress.Progress;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.trainer.classifier.ClassifierDescription;
import dev.anagama.trainer.classifier.ClassifierOptions;
import dev.anagama.trainer.classifier.ClassifierProgress;
import dev.anagama.trainer.classifier.ClassifierTrainer;
import dev.anagama.trainer.classifier.NoiseAwareClassifier;
import dev.anagama.trainer.data.DataCard;
import dev.anagama.trainer.data.DataFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "train-classifier",
    description =
        "Trains a classifier of noisy images, for classifier guidance. It takes some minutes, and a"
            + " run that is stopped begins anew.")
final class TrainClassifierCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.

  @Option(
      names = "--data",
      paramLabel = "DIR",
      required = true,
      description =
          "Folder with the IDX files of images and labels, plain or gzipped, or with pictures under"
              + " train/CLASS/ and test/CLASS/.")
  private Path data = Path.of("");

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Folder for classifier.safetensors.")
  private Path out = Path.of("");

  @Option(
      names = "--dataset",
      paramLabel = "NAME",
      description = "Name of the data, for the record.")
  private Optional<String> dataset = Optional.empty();

  @Mixin private PictureOptions pictures = new PictureOptions();

  @Option(
      names = "--images",
      paramLabel = "N",
      description = "Images to train on, repeats counted.")
  private Optional<Long> images = Optional.empty();

  @Option(names = "--batch-size", paramLabel = "N", description = "Images a step.")
  private Optional<Integer> batchSize = Optional.empty();

  @Option(
      names = "--learning-rate",
      paramLabel = "X",
      description = "Of AdamW at its highest; it rises over a tenth and falls to 0.")
  private Optional<Double> learningRate = Optional.empty();

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of weights, order, levels, noise and shifts.")
  private Optional<Long> seed = Optional.empty();

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      description = "float32 or bfloat16 (default: what this machine gains from).")
  private Optional<Precision> precision = Optional.empty();

  @Override
  public Integer call() throws Exception {
    return AbruptStop.during(this::train);
  }

  private Integer train() throws IOException {
    Device device = Engine.getInstance().defaultDevice();
    DataFolder folder = pictures.folder(data, Optional.empty());
    ClassifierOptions options = options(device, folder);
    try (Progress progress = Launcher.progress()) {
      progress.phase("Training a classifier in %s".formatted(options.precision().label()));
      ClassifierDescription description =
          ClassifierTrainer.train(options, folder, out, device, new Watched(progress));
      progress.phase("Trained");
      print(description, spec.commandLine().getOut());
      return 0;
    }
  }

  private void print(ClassifierDescription description, PrintWriter to) {
    for (ClassifierDescription.AtLevel level : description.accuracy()) {
      to.printf("log-SNR %5.1f: label accuracy %.4f%n", level.logSnr(), level.labelAccuracy());
    }
    to.printf("the classifier is %s%n", out.resolve(NoiseAwareClassifier.FILE));
  }

  private ClassifierOptions options(Device device, DataFolder folder) {
    ClassifierOptions recipe = ClassifierOptions.fashionMnist();
    return new ClassifierOptions(
        dataset.or(() -> folder.card().map(DataCard::name)).orElse(recipe.dataset()),
        images.orElse(recipe.images()),
        batchSize.orElse(recipe.batchSize()),
        learningRate.orElse(recipe.learningRate()),
        recipe.weightDecay(),
        recipe.network(),
        recipe.logSnrRange(),
        precision.orElseGet(() -> Precision.bestOn(device)),
        seed.orElse(recipe.seed()));
  }

  /** A bar for the training, and one for the test. */
  private static final class Watched implements ClassifierProgress {
    private final Progress progress;
    private boolean trains;
    private boolean tests;

    Watched(Progress progress) {
      this.progress = progress;
    }

    @Override
    public void stepDone(long imagesSeen, long images, double loss) {
      if (!trains) {
        progress.begin("Training", "images", 0, images);
        trains = true;
      }
      progress.at(imagesSeen, "loss %.4f".formatted(loss));
    }

    @Override
    public void tested(long imagesSeen, long images) {
      if (!tests) {
        progress.begin("Testing", "images", 0, images);
        tests = true;
      }
      progress.at(imagesSeen, "test images");
    }
  }
}
