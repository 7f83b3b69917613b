package dev.anagama.deploy.cli;

import ai.djl.Device;
import ai.djl.engine.Engine;
import dev.anagama.deploy.progress.Progress;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.schedule.PredictionTarget;
import dev.anagama.trainer.Trainer;
import dev.anagama.trainer.data.DataCard;
import dev.anagama.trainer.data.DataFolder;
import dev.anagama.trainer.recipe.Recipe;
import dev.anagama.trainer.recipe.Recipes;
import dev.anagama.trainer.training.TrainingListener;
import dev.anagama.trainer.training.TrainingOptions;
import dev.anagama.trainer.training.TrainingOptions.Objective;
import dev.anagama.trainer.training.TrainingOptions.Optimisation;
import dev.anagama.trainer.training.TrainingOptions.Run;
import dev.anagama.trainer.training.TrainingOptions.Subject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

@Command(
    name = "train",
    description =
        "Trains the conditional and the unconditional model jointly. The same command again goes on"
            + " where it stopped.")
final class TrainCommand implements Callable<Integer> {
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
      description = "Folder for the training state, the pictures and the checkpoint.")
  private Path out = Path.of("");

  @Option(
      names = "--recipe",
      paramLabel = "NAME|FILE",
      description =
          "What to train and how, see anagama recipes; what other options say goes before it"
              + " (default: "
              + Recipes.DEFAULT
              + ").")
  private Optional<String> recipe = Optional.empty();

  @Option(names = "--model", paramLabel = "NAME", description = "Name of the model.")
  private Optional<String> model = Optional.empty();

  @Option(
      names = "--dataset",
      paramLabel = "NAME",
      description = "Name of the data, for the record.")
  private Optional<String> dataset = Optional.empty();

  @Option(
      names = "--class-names",
      paramLabel = "NAME",
      split = ",",
      description =
          "Names of the classes by label, joined by commas (default: the folders of pictures).")
  private List<String> classNames = List.of();

  @Mixin private PictureOptions pictures = new PictureOptions();

  @Option(
      names = "--images",
      paramLabel = "N",
      description = "Images to train on, repeats counted.")
  private Optional<Long> images = Optional.empty();

  @Option(names = "--batch-size", paramLabel = "N", description = "Images a step.")
  private Optional<Integer> batchSize = Optional.empty();

  @Option(names = "--learning-rate", paramLabel = "X", description = "Of AdamW after warm-up.")
  private Optional<Double> learningRate = Optional.empty();

  @Option(
      names = "--p-uncond",
      paramLabel = "P",
      description = "Probability of training an image without its class.")
  private Optional<Double> unconditionalProbability = Optional.empty();

  @Option(names = "--seed", paramLabel = "N", description = "Of weights, order, levels and noise.")
  private Optional<Long> seed = Optional.empty();

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      description = "float32 or bfloat16 (default: what this machine gains from).")
  private Optional<Precision> precision = Optional.empty();

  @Option(
      names = "--prediction",
      paramLabel = "NAME",
      converter = PredictionName.class,
      description = "What the network predicts: eps, x or v (default: eps).")
  private Optional<PredictionTarget> prediction = Optional.empty();

  @Override
  public Integer call() throws Exception {
    return AbruptStop.during(this::train);
  }

  private Integer train() throws IOException {
    Device device = Engine.getInstance().defaultDevice();
    Recipe followed = Recipes.named(recipe.orElse(Recipes.DEFAULT));
    DataFolder folder = pictures.folder(data, recipe.map(named -> followed.image()));
    TrainingOptions options = options(followed, device, folder);
    try (Progress progress = Launcher.progress()) {
      progress.phase(
          "Training %s in %s".formatted(options.subject().model(), options.precision().label()));
      Checkpoint checkpoint =
          Trainer.train(options, folder, out, device, Clock.systemUTC(), new Watched(progress));
      progress.phase("Trained");
      spec.commandLine()
          .getOut()
          .printf(
              "%s %s is in %s%n",
              checkpoint.manifest().model(), checkpoint.manifest().version(), checkpoint.folder());
      return 0;
    }
  }

  private TrainingOptions options(Recipe followed, Device device, DataFolder folder) {
    TrainingOptions base = followed.options(precision.orElseGet(() -> Precision.bestOn(device)));
    Optimisation moves = base.optimisation();
    return base.with(subject(base.subject(), folder))
        .with(
            new Objective(
                unconditionalProbability.orElse(base.objective().unconditionalProbability()),
                base.objective().logSnrRange(),
                prediction.orElse(base.objective().prediction())))
        .with(
            moves
                .withBatchSize(batchSize.orElse(moves.batchSize()))
                .withLearningRate(learningRate.orElse(moves.learningRate())))
        .with(
            new Run(
                images.orElse(base.run().images()),
                base.run().saveEveryImages(),
                seed.orElse(base.run().seed())));
  }

  private Subject subject(Subject base, DataFolder folder) {
    List<String> inData = folder.classNames();
    List<String> named = inData.isEmpty() ? base.classNames() : inData;
    List<String> names = classNames.isEmpty() ? named : classNames;
    if (names.isEmpty()) {
      throw new IllegalArgumentException(
          "neither the recipe nor %s names the classes; --class-names does".formatted(data));
    }
    return new Subject(
        model.orElse(base.model()),
        dataset.or(() -> folder.card().map(DataCard::name)).orElse(base.dataset()),
        names);
  }

  private static final class PredictionName implements ITypeConverter<PredictionTarget> {
    @Override
    public PredictionTarget convert(String text) {
      try {
        return PredictionTarget.ofLabel(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException("'%s'; allowed: eps, x, v".formatted(text));
      }
    }
  }

  /** Shows the steps; the first tells where an earlier sitting had stopped. */
  private static final class Watched implements TrainingListener {
    private final Progress progress;
    private boolean begun;

    Watched(Progress progress) {
      this.progress = progress;
    }

    @Override
    public void stepDone(long imagesSeen, long images, double loss) {
      if (!begun) {
        progress.begin("Training", "images", imagesSeen, images);
        begun = true;
      }
      progress.at(imagesSeen, "loss %.4f".formatted(loss));
    }

    @Override
    public void saved(long imagesSeen) {
      // The bar says enough; a line for each saving would break it.
    }
  }
}
