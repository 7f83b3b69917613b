package dev.anagama.trainer.sampling;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.checkpoint.CheckpointManifest;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.guidance.Denoiser;
import dev.anagama.diffusion.guidance.Guidance;
import dev.anagama.diffusion.image.PixelCodec;
import dev.anagama.diffusion.sampler.DenoisingLoop;
import dev.anagama.diffusion.sampler.GuidedImage;
import dev.anagama.diffusion.sampler.NoiseStream;
import dev.anagama.diffusion.sampler.Step;
import dev.anagama.diffusion.sampler.StepListener;
import java.util.List;

/** Runs the denoising loop of a checkpoint with one method of guidance and one way of sampling. */
public final class ImageMaker {
  private final Denoiser denoiser;
  private final Arm arm;
  private final List<Step> steps;
  private final long nullCondition;
  private final Shape shape;
  private final Evaluations evaluations = new Evaluations();

  /**
   * An image to be made.
   *
   * @param label class label, or the model's null condition
   * @param noise its own noise
   */
  public record Wanted(long label, NoiseStream noise) {}

  /**
   * Prepares the loop.
   *
   * @param denoiser the checkpoint's network
   * @param manifest the checkpoint's
   * @param sampling sampler, schedule and steps
   * @param arm how images are guided
   */
  public ImageMaker(
      Denoiser denoiser, CheckpointManifest manifest, SamplingPlan sampling, Arm arm) {
    this.denoiser = denoiser;
    this.arm = arm;
    this.steps = sampling.stepsOver(manifest.logSnrRange());
    this.nullCondition = manifest.nullCondition();
    ImageShape image = manifest.image();
    this.shape = new Shape(image.channels(), image.height(), image.width());
  }

  /** What its strengths mean. */
  public StrengthAxis axis() {
    return arm.method().axis();
  }

  /**
   * Makes images.
   *
   * @param strength of the guidance: w, or the temperature
   * @return unsigned bytes, as images are served: image after image, each in the order channels,
   *     rows, columns
   */
  public byte[] make(double strength, List<Wanted> wanted) {
    DenoisingLoop loop =
        new DenoisingLoop(
            arm.around(denoiser, nullCondition, strength, evaluations),
            arm.steps(steps, strength),
            true);
    Guidance guidance = arm.guidance(strength);
    List<GuidedImage> images =
        wanted.stream()
            .map(image -> new GuidedImage(image.label(), guidance, image.noise()))
            .toList();
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray made = loop.sample(manager, images, shape, StepListener.SILENT);
      return PixelCodec.encode(made.toFloatArray());
    }
  }

  /** Rows that denoising networks have computed so far: evaluations, summed over images. */
  public long networkEvaluations() {
    return evaluations.network();
  }

  /** Rows of which a classifier has computed the gradient so far. */
  public long classifierEvaluations() {
    return evaluations.classifier();
  }
}
