package dev.anagama.trainer.training;

/**
 * The random draws of one training step, row by row.
 *
 * @param x images, values in [-1, 1], [rows, channels, height, width]
 * @param conditions class labels, or the null condition where the class was dropped
 * @param logSnrs noise levels
 * @param eps standard normal noise, of x's shape
 * @param dropoutSeed what a network with dropout drops in this step follows from it
 */
public record Batch(
    float[] x, long[] conditions, double[] logSnrs, float[] eps, long dropoutSeed) {}
