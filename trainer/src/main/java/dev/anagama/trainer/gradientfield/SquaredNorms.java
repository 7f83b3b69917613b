package dev.anagama.trainer.gradientfield;

/**
 * Unbiased estimates of squared Frobenius norms of a Jacobian J at one point.
 *
 * @param antisymmetric of {@code (J - J') / 2}, which is 0 for a gradient
 * @param whole of J, which is that and the square of {@code (J + J') / 2}
 */
record SquaredNorms(double antisymmetric, double whole) {}
