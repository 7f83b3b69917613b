package dev.anagama.trainer.comparison;

import dev.anagama.trainer.evaluation.Evaluation;
import dev.anagama.trainer.sampling.GuidanceMethod;
import dev.anagama.trainer.sampling.SamplingPlan;
import dev.anagama.trainer.sampling.StrengthAxis;
import java.util.Comparator;
import java.util.List;

/**
 * One arm of one checkpoint over its strengths.
 *
 * @param name in legends and tables
 * @param checkpoint model and version
 * @param features SHA-256 of the networks that measured
 * @param points from no guidance on, at least one
 * @param reference what real images reach with as many samples
 */
public record Curve(
    String name,
    String checkpoint,
    List<String> features,
    List<Evaluation.Summary> points,
    Evaluation.Reference reference) {
  /** Copies the lists. */
  public Curve {
    features = List.copyOf(features);
    points = List.copyOf(points);
  }

  /** The curve of points that differ in their strength only. */
  static Curve of(String name, Evaluation evaluation, List<Evaluation.Summary> points) {
    Comparator<Evaluation.Summary> rising =
        Comparator.comparingDouble(Evaluation.Summary::strength);
    boolean weight = points.get(0).guidance().axis() == StrengthAxis.WEIGHT;
    return new Curve(
        name,
        evaluation.model() + " " + evaluation.version(),
        evaluation.features().stream().map(Evaluation.Features::sha256).toList(),
        points.stream().sorted(weight ? rising : rising.reversed()).toList(),
        evaluation.referenceFor(points.get(0).samples()));
  }

  /** How its images were guided. */
  GuidanceMethod method() {
    return points.get(0).guidance();
  }

  /** What it goes along. */
  StrengthAxis axis() {
    return method().axis();
  }

  /** How noise became images. */
  SamplingPlan sampling() {
    return points.get(0).sampling();
  }

  /** Images of each point and seed. */
  int samples() {
    return points.get(0).samples();
  }
}
