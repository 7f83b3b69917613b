package dev.anagama.trainer;

import ai.djl.Device;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.CheckpointManifest;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.checkpoint.NetworkSource;
import dev.anagama.diffusion.checkpoint.SamplingDefaults;
import dev.anagama.diffusion.checkpoint.TrainingRecord;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.TorchDenoiser;
import dev.anagama.diffusion.network.UNet;
import dev.anagama.trainer.data.DataException;
import dev.anagama.trainer.data.DataFolder;
import dev.anagama.trainer.data.IdxFiles;
import dev.anagama.trainer.data.ImageSet;
import dev.anagama.trainer.report.LossCurve;
import dev.anagama.trainer.report.SampleSheet;
import dev.anagama.trainer.sampling.Arm;
import dev.anagama.trainer.sampling.GuidanceTuning;
import dev.anagama.trainer.sampling.ImageMaker;
import dev.anagama.trainer.sampling.SamplingPlan;
import dev.anagama.trainer.training.TrainingListener;
import dev.anagama.trainer.training.TrainingLoop;
import dev.anagama.trainer.training.TrainingOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.TreeMap;

/** Trains a model from a folder of images to a checkpoint folder with its pictures. */
public final class Trainer {
  /** Folder of the finished checkpoint inside the output folder. */
  public static final String CHECKPOINT = "checkpoint";

  private static final int SHEET_IMAGES = 6;
  private static final int SHEET_SCALE = 2;
  private static final List<Double> SHEET_WEIGHTS = List.of(0.0, 1.0, 3.0);

  private Trainer() {}

  /**
   * Trains, or goes on with the run whose state is in {@code out}, and writes {@code
   * out/checkpoint/}, {@code out/loss.png} and {@code out/samples.png}.
   *
   * @param data images and labels
   * @throws DataException if the data or an earlier run's state can not be used
   * @throws IllegalArgumentException if the options do not make a checkpoint of such images
   */
  public static Checkpoint train(
      TrainingOptions options,
      DataFolder data,
      Path out,
      Device device,
      InstantSource clock,
      TrainingListener listener)
      throws IOException {
    ImageSet images = data.open(IdxFiles.Split.TRAIN);
    if (images.classes() > options.subject().classNames().size()) {
      throw new DataException(
          "%s has label %d; the options name %d classes"
              .formatted(data.path(), images.classes() - 1, options.subject().classNames().size()));
    }
    // What the checkpoint would refuse at the end is refused before hours of training.
    manifest(options, images.shape(), options.run().images(), 0);
    Checkpoint.requireFits(UNet.shapes(TrainingLoop.config(options, images.shape())));
    Files.createDirectories(out);
    try (TrainingLoop loop = new TrainingLoop(options, images, out, device, clock)) {
      loop.run(listener);
      CheckpointManifest manifest =
          manifest(options, images.shape(), loop.imagesSeen(), loop.seconds());
      Checkpoint checkpoint = Checkpoint.write(out.resolve(CHECKPOINT), manifest, loop.averages());
      String title = "Training loss of " + options.subject().model();
      Files.write(
          out.resolve("loss.png"),
          LossCurve.png(title, options.objective().prediction(), loop.losses().points()));
      try (TorchDenoiser denoiser = checkpoint.open(device, Precision.FLOAT32)) {
        Files.write(
            out.resolve("samples.png"),
            samples(denoiser, checkpoint.manifest(), options.run().seed()));
      }
      return checkpoint;
    }
  }

  /** Made as a job is that asks for nothing else but its guidance. */
  private static byte[] samples(TorchDenoiser denoiser, CheckpointManifest manifest, long seed) {
    SamplingDefaults defaults = manifest.defaults();
    ImageMaker maker =
        new ImageMaker(
            denoiser,
            manifest,
            new SamplingPlan(
                defaults.sampler(), defaults.schedule().label(), defaults.numInferenceSteps()),
            Arm.classifierFree(GuidanceTuning.NONE));
    return new SampleSheet(SHEET_IMAGES, SHEET_IMAGES, SHEET_SCALE)
        .png(maker, manifest, SHEET_WEIGHTS, seed);
  }

  private static CheckpointManifest manifest(
      TrainingOptions options, ImageShape shape, long imagesSeen, double seconds) {
    return new CheckpointManifest(
        CheckpointManifest.FORMAT_VERSION,
        options.subject().model(),
        "%dk-seed%d".formatted(imagesSeen / 1000, options.run().seed()),
        new NetworkSource.UNet(TrainingLoop.config(options, shape)),
        options.objective().prediction().label(),
        options.objective().logSnrRange(),
        shape,
        options.subject().classNames(),
        options.subject().classNames().size(),
        options.defaults(),
        new TrainingRecord(
            options.subject().dataset(),
            imagesSeen,
            options.objective().unconditionalProbability(),
            options.optimisation().batchSize(),
            options.optimisation().learningRate(),
            options.optimisation().emaHalfLifeImages(),
            options.precision(),
            options.run().seed(),
            seconds),
        new TreeMap<>(),
        new TreeMap<>());
  }
}
