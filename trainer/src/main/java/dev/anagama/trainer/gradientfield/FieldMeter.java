package dev.anagama.trainer.gradientfield;

import ai.djl.Device;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.CheckpointException;
import dev.anagama.diffusion.checkpoint.CheckpointManifest;
import dev.anagama.diffusion.network.LaneLayout;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.TorchDenoiser;
import dev.anagama.diffusion.sampler.NoiseStream;
import dev.anagama.diffusion.schedule.LogSnr;
import dev.anagama.trainer.classifier.NoiseAwareClassifier;
import dev.anagama.trainer.data.DataException;
import dev.anagama.trainer.data.DataFolder;
import dev.anagama.trainer.data.IdxFiles;
import dev.anagama.trainer.data.ImageSet;
import dev.anagama.trainer.gradientfield.GradientFieldReport.Measurement;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Tests whether a checkpoint's guidance direction is a gradient, as the direction of a classifier
 * would be: the Jacobian of a gradient is symmetric everywhere. Fields are looked at around noisy
 * images of the test set, with their own classes, on the processor and in single precision.
 */
public final class FieldMeter {
  private final GuidanceFields fields;
  private final GradientFieldPlan plan;
  private final ImageSet images;

  /** Where things are. */
  public record Folders(Path checkpoint, Path classifier, DataFolder data) {}

  /** Looks at fields around {@code images}. */
  FieldMeter(GuidanceFields fields, GradientFieldPlan plan, ImageSet images) {
    GradientFieldPlan.require(
        plan.images() <= images.size(),
        "images",
        plan.images(),
        "at most the %d of the test set".formatted(images.size()));
    this.fields = fields;
    this.plan = plan;
    this.images = images;
  }

  /**
   * Measures a checkpoint, and a classifier of noisy images as a control.
   *
   * @throws CheckpointException if the checkpoint can not be used
   * @throws DataException if images or classifier can not be used, or not with this checkpoint
   * @throws IllegalArgumentException if the plan does not fit checkpoint and images
   */
  public static GradientFieldReport measure(
      Folders folders, GradientFieldPlan plan, GradientFieldProgress progress) {
    Checkpoint checkpoint = Checkpoint.read(folders.checkpoint());
    CheckpointManifest manifest = checkpoint.manifest();
    for (double logSnr : plan.logSnrs()) {
      GradientFieldPlan.require(
          manifest.logSnrRange().contains(logSnr),
          "log-snrs",
          logSnr,
          "%s to %s, as the checkpoint"
              .formatted(manifest.logSnrRange().min(), manifest.logSnrRange().max()));
    }
    ImageSet images = folders.data().open(IdxFiles.Split.TEST, manifest);
    int cores = Runtime.getRuntime().availableProcessors();
    Precision precision = Precision.FLOAT32;
    try (NoiseAwareClassifier classifier =
            NoiseAwareClassifier.open(folders.classifier(), manifest, Device.cpu(), precision);
        TorchDenoiser denoiser =
            checkpoint.open(Device.cpu(), precision, LaneLayout.sharing(cores, cores))) {
      GuidanceFields fields =
          new GuidanceFields(denoiser, classifier, manifest.nullCondition(), manifest.image());
      return new GradientFieldReport(
          manifest.model(),
          manifest.version(),
          checkpoint.weightsSha256(),
          classifier.sha256(),
          precision.label(),
          plan.images(),
          plan.directions(),
          plan.relativeStep(),
          plan.guidanceWeight(),
          plan.seed(),
          new FieldMeter(fields, plan, images).measureAll(progress));
    }
  }

  /** Every field at every level, the noisiest first. */
  List<Measurement> measureAll(GradientFieldProgress progress) {
    int total = plan.logSnrs().size() * plan.images();
    int done = 0;
    List<Measurement> all = new ArrayList<>();
    for (double logSnr : plan.logSnrs()) {
      Map<MeasuredField, List<SquaredNorms>> norms = new EnumMap<>(MeasuredField.class);
      for (int image = 0; image < plan.images(); image++) {
        GuidanceFields.Products products = fields.at(place(logSnr, image));
        for (MeasuredField field : MeasuredField.values()) {
          SquaredNorms found = products.of(field, plan.guidanceWeight()).squaredNorms();
          requireFinite(found, field, logSnr);
          norms.computeIfAbsent(field, any -> new ArrayList<>()).add(found);
        }
        done++;
        progress.measured(done, total);
      }
      norms.forEach((field, ofField) -> all.add(measurement(field, logSnr, ofField)));
    }
    return all;
  }

  /** Image number {@code image} of the plan, spread evenly over the test set. */
  private GuidanceFields.Place place(double logSnr, int image) {
    int size = images.shape().count();
    int index = (int) ((long) image * images.size() / plan.images());
    float[] z = new float[size];
    images.decode(index, z, 0);
    // Noise and directions are the same at every level, and for every checkpoint.
    NoiseStream random = new NoiseStream(plan.seed(), image);
    float[] eps = new float[size];
    random.fill(eps);
    float alpha = (float) LogSnr.alpha(logSnr);
    float sigma = (float) LogSnr.sigma(logSnr);
    for (int i = 0; i < size; i++) {
      z[i] = alpha * z[i] + sigma * eps[i];
    }
    float[][] directions = new float[plan.directions()][size];
    for (float[] direction : directions) {
      random.fill(direction);
    }
    double step = plan.relativeStep() * LogSnr.sigma(logSnr);
    return new GuidanceFields.Place(z, logSnr, images.label(index), directions, step);
  }

  private Measurement measurement(MeasuredField field, double logSnr, List<SquaredNorms> norms) {
    AntisymmetricShare share = AntisymmetricShare.of(norms, images.shape().count());
    return new Measurement(field, logSnr, share.share(), share.standardError(), share.gain());
  }

  private static void requireFinite(SquaredNorms norms, MeasuredField field, double logSnr) {
    if (!Double.isFinite(norms.whole()) || !Double.isFinite(norms.antisymmetric())) {
      throw new IllegalStateException(
          "%s is not finite at log-SNR %s: the networks can not be used"
              .formatted(field.label(), logSnr));
    }
  }
}
