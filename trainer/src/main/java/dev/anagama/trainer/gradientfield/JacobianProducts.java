package dev.anagama.trainer.gradientfield;

/**
 * What the Jacobian J of a field makes of some directions at one point: {@code J v} for each v.
 *
 * <p>For independent standard normal u and v and any matrix A, {@code E (u'Av)^2 = ||A||^2}, the
 * sum of its squared entries, since {@code E u_i u_j v_k v_l} is 1 where i = j and k = l and 0
 * elsewhere. So each pair of directions gives an estimate of the norm of {@code J - J'}, and each
 * direction one of the norm of J.
 */
final class JacobianProducts {
  private final float[][] directions;
  private final double[][] products;

  private JacobianProducts(float[][] directions, double[][] products) {
    this.directions = directions;
    this.products = products;
  }

  /**
   * Takes central differences: {@code (f(z + h v) - f(z - h v)) / 2h}, whose error is of order h^2.
   *
   * @param directions independent standard normal vectors, at least two, each of the point's size
   * @param step h, above 0
   */
  static JacobianProducts of(VectorField field, float[] point, float[][] directions, double step) {
    int size = point.length;
    float[] moved = new float[2 * directions.length * size];
    for (int k = 0; k < directions.length; k++) {
      for (int i = 0; i < size; i++) {
        float move = (float) (step * directions[k][i]);
        moved[2 * k * size + i] = point[i] + move;
        moved[(2 * k + 1) * size + i] = point[i] - move;
      }
    }
    float[] vectors = field.at(moved);
    double[][] products = new double[directions.length][size];
    for (int k = 0; k < directions.length; k++) {
      for (int i = 0; i < size; i++) {
        double difference = (double) vectors[2 * k * size + i] - vectors[(2 * k + 1) * size + i];
        products[k][i] = difference / (2 * step);
      }
    }
    return new JacobianProducts(directions, products);
  }

  /** Those of the field that is a times this one and b times another, measured along the same. */
  JacobianProducts combined(double a, JacobianProducts other, double b) {
    double[][] sums = new double[products.length][];
    for (int k = 0; k < sums.length; k++) {
      sums[k] = new double[products[k].length];
      for (int i = 0; i < sums[k].length; i++) {
        sums[k][i] = a * products[k][i] + b * other.products[k][i];
      }
    }
    return new JacobianProducts(directions, sums);
  }

  /** Estimates from all directions and all pairs of them. */
  SquaredNorms squaredNorms() {
    int count = products.length;
    double antisymmetric = 0;
    double whole = 0;
    for (int k = 0; k < count; k++) {
      for (double value : products[k]) {
        whole += value * value / count;
      }
      for (int l = 0; l < k; l++) {
        double half = (dot(directions[k], products[l]) - dot(directions[l], products[k])) / 2;
        antisymmetric += half * half / (count * (count - 1) / 2.0);
      }
    }
    return new SquaredNorms(antisymmetric, whole);
  }

  private static double dot(float[] direction, double[] product) {
    double sum = 0;
    for (int i = 0; i < direction.length; i++) {
      sum += direction[i] * product[i];
    }
    return sum;
  }
}
