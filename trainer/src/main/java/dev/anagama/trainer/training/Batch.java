package dev.anagama.trainer.training;

import dev.anagama.diffusion.schedule.LogSnr;

/**
 * The random draws of one training step, row by row.
 *
 * @param x images, values in [-1, 1], [rows, channels, height, width]
 * @param conditions class labels, or the null condition where the class was dropped
 * @param logSnrs noise levels
 * @param eps standard normal noise, of x's shape
 * @param dropoutSeed what a network with dropout drops in this step follows from it
 */
public record Batch(float[] x, long[] conditions, double[] logSnrs, float[] eps, long dropoutSeed) {
  /** {@code z = alpha x + sigma eps}, of x's shape. */
  public float[] noisy() {
    float[] z = new float[x.length];
    int size = x.length / logSnrs.length;
    for (int row = 0; row < logSnrs.length; row++) {
      float alpha = (float) LogSnr.alpha(logSnrs[row]);
      float sigma = (float) LogSnr.sigma(logSnrs[row]);
      for (int i = row * size; i < (row + 1) * size; i++) {
        z[i] = alpha * x[i] + sigma * eps[i];
      }
    }
    return z;
  }

  /** The levels in single precision, as networks take them. */
  public float[] floatLogSnrs() {
    float[] levels = new float[logSnrs.length];
    for (int row = 0; row < levels.length; row++) {
      levels[row] = (float) logSnrs[row];
    }
    return levels;
  }
}
