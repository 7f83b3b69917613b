package dev.anagama.trainer.gradientfield;

import java.util.List;

/**
 * How much of a field's Jacobian is antisymmetric: {@code ||(J - J')/2||^2 / ||J||^2}, both summed
 * over points. It is 0 if the field is a gradient there, 1/2 for a matrix of independent entries,
 * and 1 if J is antisymmetric. It is also a bound: whatever potential is chosen, its gradient's
 * Jacobian H is symmetric, and {@code ||J - H||^2} is at least this share of {@code ||J||^2}.
 *
 * @param share the ratio of two unbiased estimates, so a little outside of 0 to 1 by chance
 * @param standardError of the share, by its spread over the points, which are independent
 * @param gain root of {@code ||J||^2 / d}, a mean over points: what J multiplies the length of a
 *     random vector by, 1 for the identity
 */
record AntisymmetricShare(double share, double standardError, double gain) {
  /**
   * Of estimates at some points.
   *
   * @param points at least two
   * @param size d, values of a vector
   * @throws IllegalArgumentException if there are fewer points
   */
  static AntisymmetricShare of(List<SquaredNorms> points, int size) {
    int count = points.size();
    if (count < 2) {
      throw new IllegalArgumentException("points is %d; allowed: 2 or more".formatted(count));
    }
    double whole = points.stream().mapToDouble(SquaredNorms::whole).sum() / count;
    if (whole == 0) {
      // A field that is the same everywhere is the gradient of a linear function.
      return new AntisymmetricShare(0, 0, 0);
    }
    double antisymmetric = points.stream().mapToDouble(SquaredNorms::antisymmetric).sum() / count;
    double share = antisymmetric / whole;
    double squares = 0;
    for (SquaredNorms point : points) {
      double residual = point.antisymmetric() - share * point.whole();
      squares += residual * residual;
    }
    double standardError = Math.sqrt(squares / (count * (count - 1.0))) / whole;
    return new AntisymmetricShare(share, standardError, Math.sqrt(whole / size));
  }
}
