package dev.anagama.trainer.metric;

/**
 * The normal distribution that features are taken to follow.
 *
 * @param mean of each feature
 * @param covariance symmetric, row after row
 */
public record Gaussian(double[] mean, double[] covariance) {
  /** Checks that the sizes fit. */
  public Gaussian {
    if (mean.length == 0 || covariance.length != mean.length * mean.length) {
      throw new IllegalArgumentException(
          "mean has %d values and covariance %d; needed: at least 1 and its square"
              .formatted(mean.length, covariance.length));
    }
  }

  /** Number of features. */
  public int width() {
    return mean.length;
  }

  /**
   * The mean and the unbiased covariance (divided by n - 1) of some rows.
   *
   * @throws IllegalArgumentException if there are fewer than two rows
   */
  public static Gaussian fit(FeatureRows features) {
    int rows = features.rows();
    if (rows < 2) {
      throw new IllegalArgumentException("rows is 1; a covariance needs at least 2");
    }
    int width = features.width();
    double[] mean = new double[width];
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < width; i++) {
        mean[i] += features.values()[row * width + i];
      }
    }
    for (int i = 0; i < width; i++) {
      mean[i] /= rows;
    }
    return new Gaussian(mean, covariance(features, mean));
  }

  private static double[] covariance(FeatureRows features, double[] mean) {
    int width = features.width();
    int rows = features.rows();
    double[] sums = new double[width * width];
    double[] centred = new double[width];
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < width; i++) {
        centred[i] = features.values()[row * width + i] - mean[i];
      }
      for (int i = 0; i < width; i++) {
        double left = centred[i];
        for (int j = 0; j <= i; j++) {
          sums[i * width + j] += left * centred[j];
        }
      }
    }
    for (int i = 0; i < width; i++) {
      for (int j = 0; j <= i; j++) {
        sums[i * width + j] /= rows - 1;
        sums[j * width + i] = sums[i * width + j];
      }
    }
    return sums;
  }
}
