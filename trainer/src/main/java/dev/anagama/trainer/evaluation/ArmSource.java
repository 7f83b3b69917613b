package dev.anagama.trainer.evaluation;

import ai.djl.Device;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.CheckpointException;
import dev.anagama.diffusion.checkpoint.CheckpointManifest;
import dev.anagama.diffusion.guidance.NoisyClassifier;
import dev.anagama.diffusion.network.LaneLayout;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.TorchDenoiser;
import dev.anagama.trainer.classifier.NoiseAwareClassifier;
import dev.anagama.trainer.data.DataException;
import dev.anagama.trainer.sampling.Arm;
import dev.anagama.trainer.sampling.GuidanceMethod;
import dev.anagama.trainer.sampling.GuidanceTuning;
import dev.anagama.trainer.sampling.StrengthAxis;
import java.nio.file.Path;

/** Where an arm of an evaluation comes from. */
public sealed interface ArmSource {
  /** What it is varied by. */
  default StrengthAxis axis() {
    return StrengthAxis.WEIGHT;
  }

  /**
   * Loads what it needs; the caller closes it.
   *
   * @param checkpoint that is measured
   * @param precision arithmetic of denoising networks
   * @throws CheckpointException if what it needs can not be used with this checkpoint
   */
  Arm open(Checkpoint checkpoint, Device device, Precision precision);

  /**
   * Classifier-free guidance.
   *
   * @param tuning where and with what care
   */
  record ClassifierFree(GuidanceTuning tuning) implements ArmSource {
    @Override
    public Arm open(Checkpoint checkpoint, Device device, Precision precision) {
      return Arm.classifierFree(tuning);
    }
  }

  /**
   * Autoguidance.
   *
   * @param folder of a checkpoint of the same model that was trained less
   * @param tuning where and with what care
   */
  record WeakerCheckpoint(Path folder, GuidanceTuning tuning) implements ArmSource {
    @Override
    public Arm open(Checkpoint checkpoint, Device device, Precision precision) {
      Checkpoint weaker = Checkpoint.read(folder);
      requireSameTask(weaker, checkpoint);
      int cores = Runtime.getRuntime().availableProcessors();
      TorchDenoiser denoiser = weaker.open(device, precision, LaneLayout.sharing(cores, cores));
      GuidanceMethod.WeakerModel method =
          new GuidanceMethod.WeakerModel(
              weaker.weightsSha256(), weaker.manifest().training().imagesSeen(), tuning);
      return new Arm.WeakerModel(method, denoiser, denoiser::close);
    }

    private void requireSameTask(Checkpoint weaker, Checkpoint checkpoint) {
      CheckpointManifest weak = weaker.manifest();
      CheckpointManifest measured = checkpoint.manifest();
      if (!weak.image().equals(measured.image())
          || !weak.classNames().equals(measured.classNames())
          || !weak.logSnrRange().equals(measured.logSnrRange())) {
        throw new CheckpointException(
            "%s makes %s of %s over %s; the checkpoint that it is to guide makes %s of %s over %s"
                .formatted(
                    folder,
                    weak.image(),
                    weak.classNames(),
                    weak.logSnrRange(),
                    measured.image(),
                    measured.classNames(),
                    measured.logSnrRange()));
      }
      if (weaker.weightsSha256().equals(checkpoint.weightsSha256())) {
        throw new CheckpointException(
            folder + " has the weights of the checkpoint that it is to guide; needed: weaker ones");
      }
    }
  }

  /**
   * Classifier guidance.
   *
   * @param source of the classifier
   * @param tuning where and with what care
   */
  record Classifier(ClassifierSource source, GuidanceTuning tuning) implements ArmSource {
    /** By the classifier that {@code train-classifier} wrote into a folder. */
    public static Classifier in(Path folder, GuidanceTuning tuning) {
      return new Classifier(
          (checkpoint, device, precision) -> {
            NoiseAwareClassifier trained =
                NoiseAwareClassifier.open(folder, checkpoint.manifest(), device, precision);
            return new OpenClassifier(trained, trained.sha256(), trained::close);
          },
          tuning);
    }

    @Override
    public Arm open(Checkpoint checkpoint, Device device, Precision precision) {
      OpenClassifier opened = source.open(checkpoint, device, precision);
      return new Arm.ByClassifier(
          new GuidanceMethod.Classifier(opened.sha256(), tuning),
          opened.classifier(),
          opened.owned());
    }
  }

  /** Opens a classifier of noisy images that fits a checkpoint. */
  @FunctionalInterface
  interface ClassifierSource {
    /**
     * Opens it.
     *
     * @throws DataException if it does not fit the checkpoint
     */
    OpenClassifier open(Checkpoint checkpoint, Device device, Precision precision);
  }

  /**
   * A classifier that was opened.
   *
   * @param classifier that guides
   * @param sha256 of its weights
   * @param owned closes it
   */
  record OpenClassifier(NoisyClassifier classifier, String sha256, Runnable owned) {}

  /**
   * A lower temperature.
   *
   * @param cooled what it changes
   */
  record LowTemperature(GuidanceMethod.LowTemperature.Cooled cooled) implements ArmSource {
    @Override
    public StrengthAxis axis() {
      return StrengthAxis.TEMPERATURE;
    }

    @Override
    public Arm open(Checkpoint checkpoint, Device device, Precision precision) {
      return Arm.lowTemperature(new GuidanceMethod.LowTemperature(cooled));
    }
  }
}
