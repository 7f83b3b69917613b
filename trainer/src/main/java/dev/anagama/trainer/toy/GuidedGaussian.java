package dev.anagama.trainer.toy;

import java.util.Arrays;

/**
 * The density of the paper's Figure 2: isotropic Gaussians in the plane, one for each class and all
 * equally likely, and of one of them {@code p(z|c) p(c|z)^w}, normalised numerically on a grid. It
 * is what guidance with weight w would draw from if guided scores were the scores of one density.
 *
 * <p>The means are 1 from the origin and {@code sqrt(3)} from one another.
 */
public final class GuidedGaussian {
  /** Classes. */
  public static final int CLASSES = 3;

  /** Half of the side of the square that is looked at, which holds all but 1e-9 of the mass. */
  public static final double REACH = 5;

  private final int side;
  private final double[] density;
  private final double cell;

  /**
   * Computes the density at the middles of {@code side x side} cells.
   *
   * @param label class, 0 to 2
   * @param weight w, at least 0
   * @param std width of each Gaussian, above 0 and at most 0.6
   * @param side cells, at least 2
   * @throws IllegalArgumentException naming what is wrong
   */
  public GuidedGaussian(int label, double weight, double std, int side) {
    require(label >= 0 && label < CLASSES, "label", label, "0 to 2");
    require(weight >= 0 && Double.isFinite(weight), "weight", weight, "0 or more");
    require(std > 0 && std <= 0.6, "std", std, "above 0, at most 0.6");
    require(side >= 2, "side", side, "at least 2");
    this.side = side;
    this.cell = 2 * REACH / side;
    this.density = new double[side * side];
    double total = 0;
    for (int i = 0; i < density.length; i++) {
      density[i] = Math.exp(logUnnormalised(label, weight, std, x(i), y(i)));
      total += density[i] * cell * cell;
    }
    for (int i = 0; i < density.length; i++) {
      density[i] /= total;
    }
  }

  /** Where a class has its mean. */
  public static double[] mean(int label) {
    double angle = Math.PI / 2 + 2 * Math.PI * label / CLASSES;
    return new double[] {Math.cos(angle), Math.sin(angle)};
  }

  /** Cells in each direction. */
  public int side() {
    return side;
  }

  /**
   * The density in a cell.
   *
   * @param column from the left
   * @param row from the bottom
   */
  public double at(int column, int row) {
    return density[row * side + column];
  }

  /** The largest value. */
  public double peak() {
    double peak = 0;
    for (double value : density) {
      peak = Math.max(peak, value);
    }
    return peak;
  }

  /** Its mean, x and y. */
  public double[] mean() {
    double[] mean = new double[2];
    for (int i = 0; i < density.length; i++) {
      mean[0] += x(i) * density[i] * cell * cell;
      mean[1] += y(i) * density[i] * cell * cell;
    }
    return mean;
  }

  /** Variance in a direction, given by an angle to the x axis. */
  public double varianceAlong(double angle) {
    double[] mean = mean();
    double variance = 0;
    for (int i = 0; i < density.length; i++) {
      double along = (x(i) - mean[0]) * Math.cos(angle) + (y(i) - mean[1]) * Math.sin(angle);
      variance += along * along * density[i] * cell * cell;
    }
    return variance;
  }

  /** Entropy, in nats. */
  public double entropy() {
    double entropy = 0;
    for (double value : density) {
      entropy -= value > 0 ? value * Math.log(value) * cell * cell : 0;
    }
    return entropy;
  }

  /** The level above which a share of the mass lies. */
  public double level(double share) {
    double[] sorted = density.clone();
    Arrays.sort(sorted);
    double mass = 0;
    int i = sorted.length;
    while (i > 0 && mass < share) {
      i--;
      mass += sorted[i] * cell * cell;
    }
    return sorted[i];
  }

  private double x(int i) {
    return (i % side + 0.5) * cell - REACH;
  }

  private double y(int i) {
    int row = i / side;
    return (row + 0.5) * cell - REACH;
  }

  /** ln p(z|c) + w ln p(c|z), up to a constant. */
  private static double logUnnormalised(int label, double weight, double std, double x, double y) {
    double own = logGaussian(label, std, x, y);
    double sum = 0;
    for (int k = 0; k < CLASSES; k++) {
      sum += Math.exp(logGaussian(k, std, x, y) - own);
    }
    return own - weight * Math.log(sum);
  }

  private static double logGaussian(int label, double std, double x, double y) {
    double[] mean = mean(label);
    double dx = x - mean[0];
    double dy = y - mean[1];
    return -(dx * dx + dy * dy) / (2 * std * std);
  }

  private static void require(boolean holds, String field, Object value, String allowed) {
    if (!holds) {
      throw new IllegalArgumentException("%s is %s; allowed: %s".formatted(field, value, allowed));
    }
  }
}
