package dev.anagama.diffusion.guidance;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.schedule.LogSnr;

/**
 * Data whose denoiser is known exactly: isotropic Gaussians of one width, one for each class; the
 * null condition is their mixture. A noisy z then is such a mixture too, with means alpha m and
 * variance alpha^2 s^2 + sigma^2, and {@code eps(z, c) = -sigma grad log p(z|c)}.
 */
public final class GaussianMixture implements Denoiser {
  private static final float NEVER = -1e30f;

  private final double[][] means;
  private final double[] weights;
  private final double std;

  /**
   * Makes a mixture.
   *
   * @param means [K, D], where D is channels times height times width
   * @param weights [K], positive, of sum 1
   * @param std s
   */
  public GaussianMixture(double[][] means, double[] weights, double std) {
    this.means = means;
    this.weights = weights;
    this.std = std;
  }

  /** One Gaussian: class 0, and also the null condition, 1. */
  public static GaussianMixture single(double std, double... mean) {
    return new GaussianMixture(new double[][] {mean}, new double[] {1}, std);
  }

  /** K, one past the last class. */
  public int nullCondition() {
    return means.length;
  }

  @Override
  public NDArray predictNoise(NDArray z, NDArray logSnr, NDArray condition) {
    int size = means[0].length;
    NDManager owner = z.getManager();
    try (NDManager scope = owner.newSubManager()) {
      scope.tempAttachAll(z, logSnr, condition);
      NDArray flat = z.reshape(-1, size);
      NDArray noise = logSnr.neg().reshape(-1, 1).getNDArrayInternal().sigmoid();
      NDArray alpha = logSnr.reshape(-1, 1).getNDArrayInternal().sigmoid().sqrt();
      NDArray variance = alpha.square().mul(std * std).add(noise);
      NDArray logits = distances(z, logSnr).add(allowed(scope).get(condition));
      NDArray expected = logits.softmax(1).matMul(scope.create(means()));
      NDArray eps = flat.sub(expected.mul(alpha)).mul(noise.sqrt()).div(variance);

      NDArray result = eps.reshape(z.getShape());
      result.attach(owner);
      return result;
    }
  }

  /** ln p(z, k) up to what is the same for all k, float32[N, K]. */
  public NDArray logits(NDArray z, NDArray logSnr) {
    return distances(z, logSnr).add(allowed(z.getManager()).get(means.length));
  }

  /** -|z - alpha m_k|^2 / (2 variance), float32[N, K]. */
  private NDArray distances(NDArray z, NDArray logSnr) {
    int classes = means.length;
    int size = means[0].length;
    NDArray signal = logSnr.reshape(-1, 1).getNDArrayInternal().sigmoid();
    NDArray noise = logSnr.neg().reshape(-1, 1).getNDArrayInternal().sigmoid();
    NDArray variance = signal.mul(std * std).add(noise);
    NDArray centres = z.getManager().create(means()).reshape(1, classes, size);
    NDArray gaps = z.reshape(-1, 1, size).sub(centres.mul(signal.sqrt().reshape(-1, 1, 1)));
    return gaps.square().sum(new int[] {2}).div(variance.mul(-2));
  }

  /** Row c: log weights of the classes that condition c leaves possible. */
  private NDArray allowed(NDManager manager) {
    int classes = means.length;
    float[] table = new float[(classes + 1) * classes];
    for (int condition = 0; condition <= classes; condition++) {
      for (int k = 0; k < classes; k++) {
        boolean possible = condition == classes || condition == k;
        table[condition * classes + k] = possible ? (float) Math.log(weights[k]) : NEVER;
      }
    }
    return manager.create(table, new Shape(classes + 1, classes));
  }

  private float[][] means() {
    float[][] floats = new float[means.length][means[0].length];
    for (int k = 0; k < means.length; k++) {
      for (int d = 0; d < means[k].length; d++) {
        floats[k][d] = (float) means[k][d];
      }
    }
    return floats;
  }

  /** ln p(z, k) at a level, by direct evaluation in double. */
  private double logJoint(double[] z, double logSnr, int k) {
    double variance = LogSnr.alphaSquared(logSnr) * std * std + LogSnr.sigmaSquared(logSnr);
    double distance = 0;
    for (int d = 0; d < z.length; d++) {
      double gap = z[d] - LogSnr.alpha(logSnr) * means[k][d];
      distance += gap * gap;
    }
    return Math.log(weights[k])
        - distance / (2 * variance)
        - z.length / 2.0 * Math.log(2 * Math.PI * variance);
  }

  /** ln p(z | c) at a level. */
  public double logDensity(double[] z, double logSnr, int condition) {
    return logJoint(z, logSnr, condition) - Math.log(weights[condition]);
  }

  /** ln p(c | z) at a level. */
  public double logClassProbability(double[] z, double logSnr, int condition) {
    double total = 0;
    for (int k = 0; k < means.length; k++) {
      total += Math.exp(logJoint(z, logSnr, k) - logJoint(z, logSnr, condition));
    }
    return -Math.log(total);
  }
}
