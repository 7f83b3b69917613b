package dev.anagama.trainer.sampling;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.checkpoint.CheckpointManifest;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.guidance.ClassifierFreeGuidance;
import dev.anagama.diffusion.guidance.Denoiser;
import dev.anagama.diffusion.image.PixelCodec;
import dev.anagama.diffusion.sampler.AncestralSampler;
import dev.anagama.diffusion.sampler.DdimSampler;
import dev.anagama.diffusion.sampler.DenoisingLoop;
import dev.anagama.diffusion.sampler.DpmSolverSampler;
import dev.anagama.diffusion.sampler.GuidedImage;
import dev.anagama.diffusion.sampler.HeunSampler;
import dev.anagama.diffusion.sampler.Sampler;
import dev.anagama.diffusion.sampler.StepListener;
import dev.anagama.diffusion.schedule.CosineSchedule;
import dev.anagama.diffusion.schedule.StepGrid;
import java.util.List;

/** Runs the denoising loop of a checkpoint with one sampler and number of steps. */
public final class ImageMaker {
  private final DenoisingLoop loop;
  private final Shape shape;
  private final CountedDenoiser denoiser;

  /**
   * Prepares the loop.
   *
   * @param denoiser the checkpoint's network
   * @param manifest the checkpoint's
   * @param samplerName {@code ddim}, {@code ancestral}, {@code dpmpp_2m} or {@code heun}
   * @param steps 1 to {@value StepGrid#MAX_STEPS}
   * @throws IllegalArgumentException if there is no such sampler, or the steps are out of range
   */
  public ImageMaker(Denoiser denoiser, CheckpointManifest manifest, String samplerName, int steps) {
    this.denoiser = new CountedDenoiser(denoiser);
    StepGrid grid = StepGrid.uniform(new CosineSchedule(manifest.logSnrRange()), steps);
    this.loop =
        new DenoisingLoop(
            new ClassifierFreeGuidance(this.denoiser, manifest.nullCondition()),
            sampler(samplerName).steps(grid),
            true);
    ImageShape image = manifest.image();
    this.shape = new Shape(image.channels(), image.height(), image.width());
  }

  /**
   * The sampler of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Sampler sampler(String name) {
    return switch (name) {
      case "ddim" -> new DdimSampler();
      case "ancestral" -> new AncestralSampler();
      case "dpmpp_2m" -> new DpmSolverSampler();
      case "heun" -> new HeunSampler();
      default ->
          throw new IllegalArgumentException(
              "sampler is %s; allowed: ancestral, ddim, dpmpp_2m, heun".formatted(name));
    };
  }

  /**
   * Makes images.
   *
   * @return unsigned bytes, as images are served: image after image, each in the order channels,
   *     rows, columns
   */
  public byte[] make(List<GuidedImage> images) {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray made = loop.sample(manager, images, shape, StepListener.SILENT);
      return PixelCodec.encode(made.toFloatArray());
    }
  }

  /** Rows that the network has computed so far: evaluations, summed over images. */
  public long networkEvaluations() {
    return denoiser.rows();
  }

  /** Counts what is asked of a network. */
  private static final class CountedDenoiser implements Denoiser {
    private final Denoiser counted;
    private long rows;

    CountedDenoiser(Denoiser counted) {
      this.counted = counted;
    }

    @Override
    public NDArray predictNoise(NDArray z, NDArray logSnr, NDArray condition) {
      rows += z.getShape().get(0);
      return counted.predictNoise(z, logSnr, condition);
    }

    long rows() {
      return rows;
    }
  }
}
