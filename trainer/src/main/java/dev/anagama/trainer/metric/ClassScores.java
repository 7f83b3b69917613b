package dev.anagama.trainer.metric;

/**
 * How images answer to the classes they were made for, under a classifier.
 *
 * @param labelAccuracy share of images whose likeliest class is their own
 * @param labelLogProbability mean natural logarithm of the probability of their own class
 */
public record ClassScores(double labelAccuracy, double labelLogProbability) {
  /** Smallest probability that is told apart from 0, so that one image can not decide a mean. */
  static final double SMALLEST = 1e-12;

  /**
   * The scores of some answers.
   *
   * @param probabilities of each class, a row for each image
   * @param labels the classes, as many
   * @throws IllegalArgumentException if the numbers differ
   */
  public static ClassScores of(FeatureRows probabilities, int[] labels) {
    if (labels.length != probabilities.rows()) {
      throw new IllegalArgumentException(
          "%d labels for %d rows; needed: as many".formatted(labels.length, probabilities.rows()));
    }
    int right = 0;
    double logs = 0;
    for (int row = 0; row < labels.length; row++) {
      right += likeliest(probabilities, row) == labels[row] ? 1 : 0;
      logs += Math.log(Math.max(SMALLEST, probabilities.at(row, labels[row])));
    }
    return new ClassScores((double) right / labels.length, logs / labels.length);
  }

  /** The first of the classes with the largest probability. */
  private static int likeliest(FeatureRows probabilities, int row) {
    int best = 0;
    for (int c = 1; c < probabilities.width(); c++) {
      best = probabilities.at(row, c) > probabilities.at(row, best) ? c : best;
    }
    return best;
  }
}
