package dev.anagama.trainer.report;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.checkpoint.CheckpointManifest;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.guidance.ClassifierFreeGuidance;
import dev.anagama.diffusion.guidance.Denoiser;
import dev.anagama.diffusion.guidance.Guidance;
import dev.anagama.diffusion.guidance.GuidanceInterval;
import dev.anagama.diffusion.image.ImageGrid;
import dev.anagama.diffusion.image.PixelCodec;
import dev.anagama.diffusion.image.PngImages;
import dev.anagama.diffusion.sampler.DdimSampler;
import dev.anagama.diffusion.sampler.DenoisingLoop;
import dev.anagama.diffusion.sampler.GuidedImage;
import dev.anagama.diffusion.sampler.NoiseStream;
import dev.anagama.diffusion.sampler.StepListener;
import dev.anagama.diffusion.schedule.CosineSchedule;
import dev.anagama.diffusion.schedule.StepGrid;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Samples of a checkpoint: a row for each class, a column for each guidance scale. */
public final class SampleSheet {
  private static final int IMAGES_PER_CELL = 6;
  private static final int MAX_ROWS = 20;
  private static final int SCALE = 2;
  private static final List<Double> GUIDANCE_SCALES = List.of(1.0, 2.0, 4.0);

  private SampleSheet() {}

  /** The sheet as PNG, made with DDIM and the checkpoint's default number of steps. */
  public static byte[] png(Denoiser denoiser, CheckpointManifest manifest, long seed) {
    List<String> columns = GUIDANCE_SCALES.stream().map(scale -> "scale " + scale).toList();
    List<ImageGrid.Row> rows = new ArrayList<>();
    int classes = Math.min(MAX_ROWS, manifest.classNames().size());
    for (int label = 0; label < classes; label++) {
      List<List<BufferedImage>> cells = new ArrayList<>();
      for (double scale : GUIDANCE_SCALES) {
        cells.add(cell(denoiser, manifest, label, scale - 1, seed));
      }
      rows.add(new ImageGrid.Row(manifest.classNames().get(label), cells));
    }
    String title = manifest.model() + " " + manifest.version();
    return new ImageGrid(title, columns, rows, IMAGES_PER_CELL, SCALE).toPng();
  }

  private static List<BufferedImage> cell(
      Denoiser denoiser, CheckpointManifest manifest, int label, double weight, long seed) {
    ImageShape shape = manifest.image();
    DenoisingLoop loop =
        new DenoisingLoop(
            new ClassifierFreeGuidance(denoiser, manifest.nullCondition()),
            new DdimSampler()
                .steps(
                    StepGrid.uniform(
                        new CosineSchedule(manifest.logSnrRange()),
                        manifest.defaults().numInferenceSteps())),
            true);
    List<GuidedImage> images = new ArrayList<>();
    Guidance guidance = new Guidance(weight, GuidanceInterval.ALWAYS);
    for (int i = 0; i < IMAGES_PER_CELL; i++) {
      images.add(new GuidedImage(label, guidance, new NoiseStream(seed, i)));
    }
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray made =
          loop.sample(
              manager,
              images,
              new Shape(shape.channels(), shape.height(), shape.width()),
              StepListener.SILENT);
      return pictures(made.toFloatArray(), shape);
    }
  }

  private static List<BufferedImage> pictures(float[] values, ImageShape shape) {
    List<BufferedImage> pictures = new ArrayList<>();
    for (int start = 0; start < values.length; start += shape.count()) {
      float[] image = Arrays.copyOfRange(values, start, start + shape.count());
      pictures.add(
          PngImages.picture(
              PixelCodec.encode(image), shape.channels(), shape.height(), shape.width()));
    }
    return pictures;
  }
}
