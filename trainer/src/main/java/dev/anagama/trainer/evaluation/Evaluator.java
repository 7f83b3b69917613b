package dev.anagama.trainer.evaluation;

import ai.djl.Device;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.CheckpointException;
import dev.anagama.diffusion.checkpoint.CheckpointManifest;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.image.ImageGrid;
import dev.anagama.diffusion.image.PixelCodec;
import dev.anagama.diffusion.network.LaneLayout;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.TorchDenoiser;
import dev.anagama.diffusion.sampler.NoiseStream;
import dev.anagama.trainer.data.DataException;
import dev.anagama.trainer.data.DataFolder;
import dev.anagama.trainer.data.IdxFiles;
import dev.anagama.trainer.data.ImageSet;
import dev.anagama.trainer.evaluation.FeatureNetworks.Seen;
import dev.anagama.trainer.metric.ClassScores;
import dev.anagama.trainer.metric.InceptionScore;
import dev.anagama.trainer.sampling.Arm;
import dev.anagama.trainer.sampling.ImageMaker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Measures a checkpoint over strengths of one method of guidance. */
public final class Evaluator implements AutoCloseable {
  private static final int BATCH_SIZE = 64;
  private static final double MILLIS_PER_SECOND = 1000;

  private final Checkpoint checkpoint;
  private final EvaluationPlan plan;
  private final Path out;
  private final Precision precision;
  private final InstantSource clock;
  private final EvaluationProgress progress;
  private final ImageSet train;
  private final FeatureNetworks networks;
  private final TorchDenoiser denoiser;
  private final Arm arm;
  private final Yardstick yardstick;
  private final Evaluation reference;

  /** Where things are. */
  public record Folders(Path checkpoint, DataFolder data, Path features, Path out) {}

  private Evaluator(
      Folders folders,
      EvaluationPlan plan,
      Device device,
      InstantSource clock,
      EvaluationProgress progress)
      throws IOException {
    this.checkpoint = Checkpoint.read(folders.checkpoint());
    this.plan = plan;
    this.out = folders.out();
    this.precision = Precision.bestOn(device);
    this.clock = clock;
    this.progress = progress;
    CheckpointManifest manifest = checkpoint.manifest();
    int classes = manifest.classNames().size();
    this.train = open(folders.data(), IdxFiles.Split.TRAIN, manifest);
    ImageSet test = open(folders.data(), IdxFiles.Split.TEST, manifest);
    // Opened before the first hour of work, like the data.
    this.arm = plan.arm().open(checkpoint, device, precision);
    try {
      this.networks =
          FeatureNetworks.openOrTrain(
              folders.features(), train, classes, plan.featureImages(), device, progress);
      try {
        Seen seen = networks.lookAt(train, "real training images", progress);
        this.yardstick = new Yardstick(seen, train, classes, plan.samples());
        this.reference = reference(test);
        int cores = Runtime.getRuntime().availableProcessors();
        this.denoiser = checkpoint.open(device, precision, LaneLayout.sharing(cores, cores));
      } catch (RuntimeException e) {
        networks.close();
        throw e;
      }
    } catch (RuntimeException | IOException e) {
      arm.close();
      throw e;
    }
  }

  /**
   * Measures, or goes on with the measurements whose file is in {@code folders.out()}: writes
   * {@code evaluation.json} after each point and pictures at the end.
   *
   * @throws CheckpointException if the checkpoint can not be used
   * @throws DataException if the images can not be used, or not with this checkpoint, or the folder
   *     holds another evaluation
   * @throws IllegalArgumentException if the plan does not fit the checkpoint's classes
   */
  public static Evaluation evaluate(
      Folders folders,
      EvaluationPlan plan,
      Device device,
      InstantSource clock,
      EvaluationProgress progress)
      throws IOException {
    // Found out before hours of work rather than after.
    ImageGrid.requireFonts();
    Files.createDirectories(folders.out());
    try (Evaluator evaluator = new Evaluator(folders, plan, device, clock, progress)) {
      Evaluation evaluation = evaluator.measureAll();
      EvaluationPictures.write(
          folders.out(),
          evaluation,
          plan,
          evaluator.arm.method(),
          evaluator.maker(),
          evaluator.checkpoint.manifest());
      return evaluation;
    }
  }

  @Override
  public void close() {
    denoiser.close();
    arm.close();
    networks.close();
  }

  private static ImageSet open(DataFolder data, IdxFiles.Split split, CheckpointManifest manifest) {
    ImageSet images = data.broughtTo(manifest.image()).open(split);
    int classes = manifest.classNames().size();
    if (!images.shape().equals(manifest.image()) || images.classes() > classes) {
      throw new DataException(
          "%s has images of %s with labels up to %d; the checkpoint makes %s in %d classes"
              .formatted(
                  data.path(), images.shape(), images.classes() - 1, manifest.image(), classes));
    }
    return images;
  }

  /** The evaluation before any point is measured. */
  private Evaluation reference(ImageSet test) {
    Seen seen = networks.lookAt(test, "real test images", progress);
    int[] labels = IntStream.range(0, test.size()).map(test::label).toArray();
    double accuracy = ClassScores.of(seen.first().probabilities(), labels).labelAccuracy();
    double second = ClassScores.of(seen.second().probabilities(), labels).labelAccuracy();
    int[] chosen = Yardstick.chosen(test.size(), plan.samples());
    int[] chosenLabels = IntStream.of(chosen).map(test::label).toArray();
    Figures floor = yardstick.measure(seen.select(chosen), chosenLabels);
    CheckpointManifest manifest = checkpoint.manifest();
    Evaluation.Reference measured =
        new Evaluation.Reference(
            accuracy,
            InceptionScore.of(seen.first().probabilities()),
            test.size(),
            floor,
            ceiling());
    return new Evaluation(
        manifest.model(),
        manifest.version(),
        checkpoint.weightsSha256(),
        precision.label(),
        List.of(networks.describeFirst(accuracy), networks.describeSecond(second)),
        List.of(),
        List.of(),
        measured,
        List.of(measured));
  }

  /** What images would get in which nothing was denoised at all. */
  private Figures ceiling() {
    ImageShape shape = train.shape();
    int[] labels = labels();
    FeatureNetworks.Look look = networks.new Look(labels.length);
    for (int start = 0; start < labels.length; start += BATCH_SIZE) {
      int end = Math.min(labels.length, start + BATCH_SIZE);
      float[] noise = new float[(end - start) * shape.count()];
      for (int i = start; i < end; i++) {
        new NoiseStream(plan.seed(), i).fill(noise, (i - start) * shape.count(), shape.count());
      }
      look.at(PixelCodec.decode(PixelCodec.encode(noise)));
    }
    return yardstick.measure(look.seen(), labels);
  }

  private int[] labels() {
    return LabelSequence.of(train, checkpoint.manifest().classNames().size(), plan.samples());
  }

  private ImageMaker maker() {
    return new ImageMaker(denoiser, checkpoint.manifest(), plan.sampling(), arm);
  }

  private Evaluation measureAll() throws IOException {
    Evaluation begun =
        EvaluationFile.earlier(out, reference).map(reference::after).orElse(reference);
    List<Evaluation.Point> points = new ArrayList<>(begun.points());
    List<Evaluation.Setting> left = new ArrayList<>();
    for (long seed : plan.allSeeds()) {
      for (double strength : plan.strengths()) {
        Evaluation.Setting setting =
            Evaluation.Setting.of(arm.method(), strength, plan.sampling(), seed);
        if (points.stream().noneMatch(point -> isOf(point, setting))) {
          left.add(setting);
        }
      }
    }
    for (int i = 0; i < left.size(); i++) {
      points.add(measure(left.get(i), (long) i * plan.samples(), left.size()));
      EvaluationFile.write(out, begun.withPoints(points));
    }
    Evaluation evaluation = begun.withPoints(points);
    EvaluationFile.write(out, evaluation);
    return evaluation;
  }

  private boolean isOf(Evaluation.Point point, Evaluation.Setting setting) {
    return point.setting().equals(setting) && point.figures().samples() == plan.samples();
  }

  private Evaluation.Point measure(Evaluation.Setting setting, long before, int points) {
    long started = clock.millis();
    ImageMaker maker = maker();
    int[] labels = labels();
    FeatureNetworks.Look look = networks.new Look(labels.length);
    for (int start = 0; start < labels.length; start += BATCH_SIZE) {
      int end = Math.min(labels.length, start + BATCH_SIZE);
      List<ImageMaker.Wanted> images = new ArrayList<>();
      for (int i = start; i < end; i++) {
        images.add(new ImageMaker.Wanted(labels[i], new NoiseStream(setting.seed(), i)));
      }
      // Judged as they are served: after rounding to 8 bits.
      look.at(PixelCodec.decode(maker.make(setting.strength(), images)));
      progress.advanced("generated images", before + end, (long) points * plan.samples());
    }
    Figures figures = yardstick.measure(look.seen(), labels);
    return new Evaluation.Point(
        setting,
        figures,
        (double) maker.networkEvaluations() / labels.length,
        (clock.millis() - started) / MILLIS_PER_SECOND,
        (double) maker.classifierEvaluations() / labels.length);
  }
}
