package dev.anagama.trainer.recipe;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.guidance.ClassifierFreeGuidance;
import dev.anagama.diffusion.guidance.Guidance;
import dev.anagama.diffusion.guidance.GuidanceInterval;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.TorchDenoiser;
import dev.anagama.diffusion.network.UNetConfig;
import dev.anagama.diffusion.network.Weights;
import dev.anagama.diffusion.sampler.DdimSampler;
import dev.anagama.diffusion.sampler.DenoisingLoop;
import dev.anagama.diffusion.sampler.GuidedImage;
import dev.anagama.diffusion.sampler.NoiseStream;
import dev.anagama.diffusion.sampler.StepListener;
import dev.anagama.diffusion.schedule.CosineSchedule;
import dev.anagama.diffusion.schedule.StepGrid;
import dev.anagama.trainer.data.ImageSet;
import dev.anagama.trainer.data.LabelledImages;
import dev.anagama.trainer.training.TrainingLoop;
import dev.anagama.trainer.training.TrainingOptions;
import dev.anagama.trainer.training.TrainingOptions.Run;
import dev.anagama.trainer.training.TrainingOptions.Subject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * One step of a recipe, of training and of sampling, on random pixels: whether a machine can hold
 * its network and optimiser, and how long a step takes it. Nothing is learnt and nothing is kept.
 *
 * @param parameters trained scalars
 * @param rows images of the step
 * @param loss mean loss of the step, before it; near 1 for eps, as a fresh network answers 0
 * @param build time until the network and its optimiser stood
 * @param training time of the step: forward, backward, AdamW and the average of the weights
 * @param open time until the averaged weights were loaded to be served
 * @param sampling time of one guided step for one image: two rows of the network
 */
public record RecipeTrial(
    long parameters,
    int rows,
    double loss,
    Duration build,
    Duration training,
    Duration open,
    Duration sampling) {

  /** Images that the step draws from. */
  private static final int IMAGES = 8;

  /** Most rows of a step that is tried. */
  public static final int MAX_ROWS = 64;

  private static final double GUIDANCE_WEIGHT = 1;

  /**
   * Takes the steps.
   *
   * @param rows images of the training step, 1 to {@value #MAX_ROWS}; the recipe's batch would not
   *     fit into most machines
   * @param folder where there is no training state; nothing is written there
   * @param progress hears a line before each part
   */
  public static RecipeTrial run(
      Recipe recipe,
      int rows,
      Precision precision,
      Path folder,
      Device device,
      InstantSource clock,
      Consumer<String> progress)
      throws IOException {
    if (rows < 1 || rows > MAX_ROWS) {
      throw new IllegalArgumentException("rows is %d; allowed: 1 to %d".formatted(rows, MAX_ROWS));
    }
    TrainingOptions options = options(recipe, rows, precision);
    UNetConfig config = recipe.config();
    progress.accept("building a network of %,d parameters".formatted(recipe.parameterCount()));
    Instant start = clock.instant();
    Instant built;
    Instant stepped;
    double loss;
    Weights averages;
    try (TrainingLoop loop =
        new TrainingLoop(options, pixels(recipe.image()), folder, device, clock)) {
      built = clock.instant();
      progress.accept("taking a training step of %d rows".formatted(rows));
      loss = loop.step();
      stepped = clock.instant();
      averages = loop.averages();
    }
    progress.accept("taking a guided sampling step");
    Instant closed = clock.instant();
    try (TorchDenoiser denoiser =
        TorchDenoiser.ofUNet(
            config, averages, options.objective().prediction(), device, precision, null)) {
      Instant opened = clock.instant();
      requireFinite(sample(denoiser, recipe));
      return new RecipeTrial(
          recipe.parameterCount(),
          rows,
          loss,
          Duration.between(start, built),
          Duration.between(built, stepped),
          Duration.between(closed, opened),
          Duration.between(opened, clock.instant()));
    }
  }

  private static TrainingOptions options(Recipe recipe, int rows, Precision precision) {
    TrainingOptions whole = recipe.options(precision);
    List<String> names = IntStream.range(0, recipe.classes()).mapToObj(Integer::toString).toList();
    return whole
        .with(new Subject(recipe.subject().model(), "random pixels", names))
        .with(whole.optimisation().withBatchSize(rows))
        .with(new Run(rows, rows, recipe.run().seed()));
  }

  private static ImageSet pixels(ImageShape shape) {
    byte[] pixels = new byte[IMAGES * shape.count()];
    new SplittableRandom(1).nextBytes(pixels);
    return new LabelledImages(shape, pixels, new byte[IMAGES]);
  }

  /** One image from noise in a single step of DDIM. */
  private static float[] sample(TorchDenoiser denoiser, Recipe recipe) {
    StepGrid grid = StepGrid.uniform(new CosineSchedule(recipe.objective().logSnrRange()), 1);
    DenoisingLoop loop =
        new DenoisingLoop(
            new ClassifierFreeGuidance(denoiser, recipe.classes()),
            new DdimSampler().steps(grid),
            true);
    ImageShape image = recipe.image();
    GuidedImage first =
        new GuidedImage(
            0,
            new Guidance(GUIDANCE_WEIGHT, GuidanceInterval.ALWAYS),
            new NoiseStream(recipe.run().seed(), 0));
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray made =
          loop.sample(
              manager,
              List.of(first),
              new Shape(image.channels(), image.height(), image.width()),
              StepListener.SILENT);
      return made.toFloatArray();
    }
  }

  private static void requireFinite(float[] image) {
    for (float value : image) {
      if (!Float.isFinite(value)) {
        throw new IllegalStateException("the sampled image holds " + value);
      }
    }
  }
}
