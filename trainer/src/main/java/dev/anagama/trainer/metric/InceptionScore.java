package dev.anagama.trainer.metric;

import java.util.ArrayList;
import java.util.List;

/**
 * The inception score (Salimans et al., arXiv 1606.03498): {@code exp(E_x KL(p(y|x) || p(y)))},
 * where p(y) is the mean of p(y|x). With K classes it lies in [1, K]: 1 if all answers are alike, K
 * if each is certain and all classes come equally often.
 */
public final class InceptionScore {
  private InceptionScore() {}

  /** The score of all rows of class probabilities, each of which sums to 1. */
  public static double of(FeatureRows probabilities) {
    return of(probabilities, 0, probabilities.rows());
  }

  /**
   * Mean and spread of the score over parts of equal size, in the order of the rows, as the field
   * reports it; rows that are left over join no part.
   *
   * @param splits parts, 1 to the number of rows
   * @throws IllegalArgumentException if there are fewer rows than parts
   */
  public static MeanAndSpread ofSplits(FeatureRows probabilities, int splits) {
    if (splits < 1 || splits > probabilities.rows()) {
      throw new IllegalArgumentException(
          "splits is %d; allowed: 1 to the %d rows".formatted(splits, probabilities.rows()));
    }
    int size = probabilities.rows() / splits;
    List<Double> scores = new ArrayList<>();
    for (int split = 0; split < splits; split++) {
      scores.add(of(probabilities, split * size, (split + 1) * size));
    }
    return MeanAndSpread.of(scores);
  }

  private static double of(FeatureRows probabilities, int from, int to) {
    int classes = probabilities.width();
    double[] marginal = new double[classes];
    double negativeEntropy = 0;
    for (int row = from; row < to; row++) {
      for (int c = 0; c < classes; c++) {
        double p = probabilities.at(row, c);
        marginal[c] += p;
        negativeEntropy += timesLog(p);
      }
    }
    // E KL(p(y|x) || p(y)) = E sum p log p - sum p(y) log p(y), as p(y) is the mean of p(y|x).
    double divergence = negativeEntropy / (to - from);
    for (double sum : marginal) {
      divergence -= timesLog(sum / (to - from));
    }
    return Math.exp(divergence);
  }

  /** p ln p, with its limit at 0. */
  private static double timesLog(double p) {
    return p > 0 ? p * Math.log(p) : 0;
  }
}
