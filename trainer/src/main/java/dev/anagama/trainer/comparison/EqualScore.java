package dev.anagama.trainer.comparison;

import dev.anagama.trainer.evaluation.Evaluation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A curve where its inception score has a given value, between the two neighbouring points that
 * have it between them: the first such pair, coming from no guidance. That is how arms are
 * compared: at equal w they do different amounts of the same thing.
 *
 * @param strength w or temperature, on the line between the points
 * @param fid on the same line
 * @param networkEvaluations of the point with the stronger guidance: cost jumps where guidance
 *     begins
 * @param classifierEvaluations of the same point
 */
record EqualScore(
    double strength, double fid, double networkEvaluations, double classifierEvaluations) {
  private static final String SCORE = "inception_score";
  private static final String FID = "fid";

  /** Where a curve has a score, if it has it anywhere. */
  static Optional<EqualScore> at(double score, List<Evaluation.Summary> points) {
    for (int i = 0; i + 1 < points.size(); i++) {
      Evaluation.Summary from = points.get(i);
      Evaluation.Summary to = points.get(i + 1);
      double before = from.figure(SCORE).mean();
      double after = to.figure(SCORE).mean();
      if (Math.min(before, after) <= score && score <= Math.max(before, after)) {
        double part = after == before ? 0 : (score - before) / (after - before);
        Evaluation.Summary paid = part == 0 ? from : to;
        return Optional.of(
            new EqualScore(
                between(from.strength(), to.strength(), part),
                between(from.figure(FID).mean(), to.figure(FID).mean(), part),
                paid.networkEvaluations(),
                paid.classifierEvaluations()));
      }
    }
    return Optional.empty();
  }

  /**
   * Scores, evenly spaced, that most curves have: from the largest of their smallest scores to the
   * smallest of their largest.
   *
   * @return none if there is no such range
   */
  static List<Double> common(List<Curve> curves, int count) {
    double low = Double.NEGATIVE_INFINITY;
    double high = Double.POSITIVE_INFINITY;
    for (Curve curve : curves) {
      double[] scores =
          curve.points().stream().mapToDouble(p -> p.figure(SCORE).mean()).sorted().toArray();
      low = Math.max(low, scores[0]);
      high = Math.min(high, scores[scores.length - 1]);
    }
    List<Double> levels = new ArrayList<>();
    for (int i = 0; low < high && i < count; i++) {
      levels.add(between(low, high, (i + 0.5) / count));
    }
    return levels;
  }

  private static double between(double from, double to, double part) {
    return from + part * (to - from);
  }
}
