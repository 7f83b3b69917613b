package dev.anagama.diffusion.schedule;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.function.DoubleUnaryOperator;

/**
 * What a network predicts. Samplers and guidance know only the noise eps; this is the one place
 * where the other targets are turned into it.
 *
 * <p>Every conversion is linear in (x, eps, z), so each target is described by four coefficients:
 * it is {@code xInTarget x + epsInTarget eps}, and {@code eps = targetInNoise p + zInNoise z} for a
 * prediction p.
 */
public enum PredictionTarget {
  /** The noise eps itself, as in the paper. */
  NOISE("eps"),
  /** The clean image x. Turning it into eps divides by sigma: a model for the noisy end only. */
  DENOISED("x"),
  /** {@code v = alpha eps - sigma x} (Salimans and Ho, arXiv 2202.00512, appendix D). */
  VELOCITY("v");

  private final String label;

  PredictionTarget(String label) {
    this.label = label;
  }

  /** The name in a checkpoint's manifest: eps, x or v. */
  @JsonValue
  public String label() {
    return label;
  }

  /**
   * The target of a manifest's name.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  public static PredictionTarget ofLabel(String label) {
    for (PredictionTarget target : values()) {
      if (target.label.equals(label)) {
        return target;
      }
    }
    throw new IllegalArgumentException(
        "predictionTarget is \"" + label + "\", must be one of eps, x, v");
  }

  /** What x is multiplied by to make the target at a level. */
  public double xInTarget(double logSnr) {
    return switch (this) {
      case NOISE -> 0;
      case DENOISED -> 1;
      case VELOCITY -> -LogSnr.sigma(logSnr);
    };
  }

  /** What eps is multiplied by to make the target at a level. */
  public double epsInTarget(double logSnr) {
    return switch (this) {
      case NOISE -> 1;
      case DENOISED -> 0;
      case VELOCITY -> LogSnr.alpha(logSnr);
    };
  }

  /** What a prediction is multiplied by to make eps at a level. */
  public double targetInNoise(double logSnr) {
    return switch (this) {
      case NOISE -> 1;
      case DENOISED -> -LogSnr.alpha(logSnr) / LogSnr.sigma(logSnr);
      case VELOCITY -> LogSnr.alpha(logSnr);
    };
  }

  /** What z is multiplied by to make eps at a level. */
  public double zInNoise(double logSnr) {
    return switch (this) {
      case NOISE -> 0;
      case DENOISED -> 1 / LogSnr.sigma(logSnr);
      case VELOCITY -> LogSnr.sigma(logSnr);
    };
  }

  /**
   * What a network is to answer for noisy images that were made of x and eps.
   *
   * @param x float32[N, C, H, W]
   * @param eps float32[N, C, H, W]
   * @param logSnrs level of each row, N values
   * @return float32[N, C, H, W], attached to x's manager; {@code eps} or {@code x} itself where
   *     that is the target
   */
  public NDArray of(NDArray x, NDArray eps, double[] logSnrs) {
    return switch (this) {
      case NOISE -> eps;
      case DENOISED -> x;
      case VELOCITY ->
          x.mul(column(x, logSnrs, this::xInTarget))
              .add(eps.mul(column(x, logSnrs, this::epsInTarget)));
    };
  }

  private static NDArray column(NDArray like, double[] logSnrs, DoubleUnaryOperator coefficient) {
    float[] values = new float[logSnrs.length];
    for (int row = 0; row < values.length; row++) {
      values[row] = (float) coefficient.applyAsDouble(logSnrs[row]);
    }
    return like.getManager().create(values, new Shape(values.length, 1, 1, 1));
  }

  /**
   * A batch of predictions as noise. The levels stay on the device: nothing is read back.
   *
   * @param prediction float32[N, C, H, W]
   * @param z float32[N, C, H, W], what the network saw
   * @param logSnr float32[N]
   * @return eps, float32[N, C, H, W], attached to z's manager; {@code prediction} itself for {@link
   *     #NOISE}
   */
  public NDArray toNoise(NDArray prediction, NDArray z, NDArray logSnr) {
    if (this == NOISE) {
      return prediction;
    }
    NDManager owner = z.getManager();
    try (NDManager scope = owner.newSubManager()) {
      scope.tempAttachAll(prediction, z, logSnr);
      NDArray level = logSnr.reshape(-1, 1, 1, 1);
      NDArray alpha = sigmoid(level).sqrt();
      NDArray sigma = sigmoid(level.neg()).sqrt();
      NDArray eps =
          this == VELOCITY
              ? prediction.mul(alpha).addi(z.mul(sigma))
              : z.sub(prediction.mul(alpha)).divi(sigma);
      eps.attach(owner);
      return eps;
    }
  }

  private static NDArray sigmoid(NDArray x) {
    return x.getNDArrayInternal().sigmoid();
  }
}
