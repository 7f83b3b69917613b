package dev.anagama.trainer.metric;

import java.util.stream.IntStream;

/**
 * Variety inside the classes, which figures over all images hide: an image of each class could look
 * like all others of it and the classes still lie as far apart as they should.
 *
 * @param coverage mean over the classes of the coverage (Naeem et al., arXiv 2002.09797) between
 *     the real images of a class and those generated for it
 * @param spread sum over the classes of the variance of the generated features, over that of the
 *     real ones: 1 is as varied as real images
 */
public record WithinClass(double coverage, double spread) {
  /**
   * Compares class by class.
   *
   * @param classes number of them; those with no more than k images on either side are left out
   * @throws IllegalArgumentException if all are left out
   */
  public static WithinClass of(
      FeatureRows real,
      int[] realLabels,
      FeatureRows generated,
      int[] generatedLabels,
      int classes,
      int k) {
    double coverage = 0;
    double realVariance = 0;
    double generatedVariance = 0;
    int counted = 0;
    for (int label = 0; label < classes; label++) {
      int[] ofReal = rowsOf(realLabels, label);
      int[] ofGenerated = rowsOf(generatedLabels, label);
      if (Math.min(ofReal.length, ofGenerated.length) > k) {
        FeatureRows here = real.select(ofReal);
        FeatureRows there = generated.select(ofGenerated);
        Neighbourhoods balls = new Neighbourhoods(here, k);
        coverage += (double) balls.hits(there).covered() / balls.size();
        realVariance += variance(here);
        generatedVariance += variance(there);
        counted++;
      }
    }
    if (counted == 0) {
      throw new IllegalArgumentException(
          "no class has more than %d images on both sides; needed: at least one".formatted(k));
    }
    // Real images that are all the same leave nothing to compare with.
    double spread = realVariance == 0 ? 0 : generatedVariance / realVariance;
    return new WithinClass(coverage / counted, spread);
  }

  private static int[] rowsOf(int[] labels, int label) {
    return IntStream.range(0, labels.length).filter(row -> labels[row] == label).toArray();
  }

  /** Trace of the covariance. */
  private static double variance(FeatureRows features) {
    Gaussian fit = Gaussian.fit(features);
    return IntStream.range(0, fit.width())
        .mapToDouble(i -> fit.covariance()[i * fit.width() + i])
        .sum();
  }
}
