package dev.anagama.trainer.evaluation;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.CheckpointException;
import dev.anagama.diffusion.checkpoint.CheckpointManifest;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.guidance.ClassifierFreeGuidance;
import dev.anagama.diffusion.guidance.Guidance;
import dev.anagama.diffusion.guidance.GuidanceInterval;
import dev.anagama.diffusion.image.PixelCodec;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.TorchDenoiser;
import dev.anagama.diffusion.sampler.DdimSampler;
import dev.anagama.diffusion.sampler.DenoisingLoop;
import dev.anagama.diffusion.sampler.GuidedImage;
import dev.anagama.diffusion.sampler.NoiseStream;
import dev.anagama.diffusion.sampler.StepListener;
import dev.anagama.diffusion.schedule.CosineSchedule;
import dev.anagama.diffusion.schedule.StepGrid;
import dev.anagama.trainer.data.DataException;
import dev.anagama.trainer.data.IdxFiles;
import dev.anagama.trainer.data.LabelledImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Measures a checkpoint over guidance weights. */
public final class Evaluator {
  /** Most images that are generated for a guidance weight. */
  public static final int MAX_SAMPLES = 1_000_000;

  private static final int BATCH_SIZE = 50;
  private static final int CLASSIFIER_EPOCHS = 3;
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private Evaluator() {}

  /**
   * What to measure.
   *
   * @param guidanceWeights w, each at least 0
   * @param samples images for each weight, a multiple of the number of classes
   * @param steps of DDIM, 1 to {@value StepGrid#MAX_STEPS}
   * @param seed of the noise and the classifier
   */
  public record Plan(List<Double> guidanceWeights, int samples, int steps, long seed) {
    /**
     * Checks what does not depend on the checkpoint.
     *
     * @throws IllegalArgumentException naming the field, its value and what is allowed
     */
    public Plan {
      guidanceWeights = List.copyOf(guidanceWeights);
      for (double weight : guidanceWeights) {
        require(weight >= 0 && Double.isFinite(weight), "guidance weight", weight, "0 or more");
      }
      require(samples >= 1 && samples <= MAX_SAMPLES, "samples", samples, "1 to " + MAX_SAMPLES);
      require(
          steps >= 1 && steps <= StepGrid.MAX_STEPS, "steps", steps, "1 to " + StepGrid.MAX_STEPS);
    }
  }

  /** Hears how far an evaluation is. */
  public interface Progress {
    /**
     * Something was done.
     *
     * @param part what is being done
     * @param share of it, from 0 to 1
     */
    void advanced(String part, double share);
  }

  /**
   * Trains the classifier, generates, and writes {@code out/evaluation.json}.
   *
   * @param data folder with the IDX files of the real images
   * @throws CheckpointException if the checkpoint can not be used
   * @throws DataException if the images can not be used, or not with this checkpoint
   * @throws IllegalArgumentException if the plan does not fit the checkpoint's classes
   */
  public static Evaluation evaluate(
      Path checkpointFolder, Path data, Path out, Plan plan, Device device, Progress progress)
      throws IOException {
    Checkpoint checkpoint = Checkpoint.read(checkpointFolder);
    CheckpointManifest manifest = checkpoint.manifest();
    int classes = manifest.classNames().size();
    require(
        plan.samples() % classes == 0,
        "samples",
        plan.samples(),
        "multiples of the %d classes".formatted(classes));
    LabelledImages real = read(data, IdxFiles.Split.TRAIN, manifest);
    LabelledImages test = read(data, IdxFiles.Split.TEST, manifest);
    try (LabelClassifier judge =
            LabelClassifier.train(
                real,
                classes,
                CLASSIFIER_EPOCHS,
                plan.seed(),
                device,
                share -> progress.advanced("classifier", share));
        TorchDenoiser denoiser = checkpoint.open(device, Precision.bestOn(device))) {
      List<Evaluation.Point> points = new ArrayList<>();
      for (double weight : plan.guidanceWeights()) {
        double accuracy = labelAccuracy(denoiser, manifest, judge, plan, weight, progress);
        points.add(
            new Evaluation.Point(
                weight, accuracy, plan.samples(), plan.steps(), "ddim", plan.seed()));
      }
      Evaluation evaluation =
          new Evaluation(
              manifest.model(),
              manifest.version(),
              checkpoint.weightsSha256(),
              points,
              new Evaluation.Reference(judge.accuracy(test), test.size()));
      Files.createDirectories(out);
      Files.writeString(out.resolve("evaluation.json"), JSON.writeValueAsString(evaluation) + "\n");
      return evaluation;
    }
  }

  private static LabelledImages read(Path data, IdxFiles.Split split, CheckpointManifest manifest) {
    LabelledImages images = IdxFiles.read(data, split);
    if (!images.shape().equals(manifest.image())
        || images.classes() > manifest.classNames().size()) {
      throw new DataException(
          "%s has images of %s with labels up to %d; the checkpoint makes %s in %d classes"
              .formatted(
                  data,
                  images.shape(),
                  images.classes() - 1,
                  manifest.image(),
                  manifest.classNames().size()));
    }
    return images;
  }

  private static void require(boolean holds, String field, Object value, String allowed) {
    if (!holds) {
      throw new IllegalArgumentException("%s is %s; allowed: %s".formatted(field, value, allowed));
    }
  }

  private static double labelAccuracy(
      TorchDenoiser denoiser,
      CheckpointManifest manifest,
      LabelClassifier judge,
      Plan plan,
      double weight,
      Progress progress) {
    ImageShape image = manifest.image();
    Guidance guidance = new Guidance(weight, GuidanceInterval.ALWAYS);
    StepGrid grid = StepGrid.uniform(new CosineSchedule(manifest.logSnrRange()), plan.steps());
    DenoisingLoop loop =
        new DenoisingLoop(
            new ClassifierFreeGuidance(denoiser, manifest.nullCondition()),
            new DdimSampler().steps(grid),
            true);
    int classes = manifest.classNames().size();
    int right = 0;
    for (int start = 0; start < plan.samples(); start += BATCH_SIZE) {
      int end = Math.min(plan.samples(), start + BATCH_SIZE);
      List<GuidedImage> images = new ArrayList<>();
      for (int i = start; i < end; i++) {
        images.add(new GuidedImage(i % classes, guidance, new NoiseStream(plan.seed(), i)));
      }
      try (NDManager manager = NDManager.newBaseManager()) {
        Shape shape = new Shape(image.channels(), image.height(), image.width());
        NDArray made = loop.sample(manager, images, shape, StepListener.SILENT);
        // Judged as they are served: after rounding to 8 bits.
        float[] pixels = PixelCodec.decode(PixelCodec.encode(made.toFloatArray()));
        long[] labels = judge.labels(pixels, image);
        for (int i = start; i < end; i++) {
          right += labels[i - start] == i % classes ? 1 : 0;
        }
      }
      progress.advanced("w = " + weight, (double) end / plan.samples());
    }
    return (double) right / plan.samples();
  }
}
