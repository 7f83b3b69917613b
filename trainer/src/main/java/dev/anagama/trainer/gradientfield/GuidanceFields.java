package dev.anagama.trainer.gradientfield;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.guidance.Denoiser;
import dev.anagama.diffusion.guidance.NoisyClassifier;
import dev.anagama.diffusion.schedule.LogSnr;
import java.util.Arrays;

/**
 * The fields that guidance is made of, and how they change around a noisy image.
 *
 * @param denoiser computes in single precision: what is measured are small differences
 * @param classifier likewise
 * @param nullCondition of the denoiser
 * @param shape of the images
 */
record GuidanceFields(
    Denoiser denoiser, NoisyClassifier classifier, long nullCondition, ImageShape shape) {
  /**
   * A noisy image and the directions to look in.
   *
   * @param z its values
   * @param logSnr its level
   * @param label its class
   * @param directions see {@link JacobianProducts#of}
   * @param step as there
   */
  record Place(float[] z, double logSnr, long label, float[][] directions, double step) {}

  /** The three from which all {@link MeasuredField fields} follow, at one place. */
  record Products(
      JacobianProducts conditional,
      JacobianProducts unconditional,
      JacobianProducts classifierGradient) {
    /** Of a field, with a guidance weight w. */
    JacobianProducts of(MeasuredField field, double weight) {
      return switch (field) {
        case GUIDANCE_DIRECTION -> conditional.combined(1, unconditional, -1);
        case CONDITIONAL -> conditional;
        case GUIDED -> conditional.combined(1 + weight, unconditional, -weight);
        case CLASSIFIER_GRADIENT -> classifierGradient;
      };
    }
  }

  /** Answers for rows of z, log-SNR and condition. */
  @FunctionalInterface
  private interface RowFunction {
    NDArray of(NDArray z, NDArray logSnr, NDArray condition);
  }

  /** Evaluates the networks twice for each direction. */
  Products at(Place place) {
    return new Products(
        products(denoiser::predictNoise, place.label(), place),
        products(denoiser::predictNoise, nullCondition, place),
        products(this::classifierGuidance, place.label(), place));
  }

  /** {@code -sigma grad_z ln p(c|z)}; all rows are of one level. */
  private NDArray classifierGuidance(NDArray z, NDArray logSnr, NDArray condition) {
    double sigma = LogSnr.sigma(logSnr.getFloat(0));
    return classifier.logProbabilityGradient(z, logSnr, condition).mul(-sigma);
  }

  private JacobianProducts products(RowFunction function, long condition, Place place) {
    VectorField field = points -> vectors(function, points, place.logSnr(), condition);
    return JacobianProducts.of(field, place.z(), place.directions(), place.step());
  }

  private float[] vectors(RowFunction function, float[] points, double logSnr, long condition) {
    int rows = points.length / shape.count();
    long[] conditions = new long[rows];
    Arrays.fill(conditions, condition);
    float[] levels = new float[rows];
    Arrays.fill(levels, (float) logSnr);
    try (NDManager scope = NDManager.newBaseManager(Device.cpu())) {
      Shape images = new Shape(rows, shape.channels(), shape.height(), shape.width());
      return function
          .of(scope.create(points, images), scope.create(levels), scope.create(conditions))
          .toFloatArray();
    }
  }
}
