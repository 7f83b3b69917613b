package dev.anagama.trainer.evaluation;

import dev.anagama.trainer.sampling.GuidanceMethod;
import dev.anagama.trainer.sampling.SamplingPlan;
import java.util.List;

/** Evaluations that nobody has measured. */
public final class EvaluationSamples {
  /** SHA-256 of the network that measures. */
  public static final String FEATURES = "f".repeat(64);

  private static final int SAMPLES = 100;

  private EvaluationSamples() {}

  /** A point of which only what curves are made of differs. */
  public static Evaluation.Point point(
      GuidanceMethod method,
      double strength,
      long seed,
      double fid,
      double inceptionScore,
      double networkEvaluations) {
    return new Evaluation.Point(
        Evaluation.Setting.of(method, strength, new SamplingPlan("ddim", 8), seed),
        figures(fid, inceptionScore),
        networkEvaluations,
        1,
        0);
  }

  /** An evaluation of such points. */
  public static Evaluation evaluation(String model, List<Evaluation.Point> points) {
    Evaluation.Reference reference =
        new Evaluation.Reference(0.9, 9, SAMPLES, figures(1, 9), figures(500, 1.5));
    return new Evaluation(
            model,
            "1",
            "a".repeat(64),
            "float32",
            List.of(new Evaluation.Features(FEATURES, "stacked", 128, 1, 0.9)),
            List.of(),
            List.of(),
            reference,
            List.of(reference))
        .withPoints(points);
  }

  private static Figures figures(double fid, double inceptionScore) {
    return new Figures(
        fid,
        fid,
        inceptionScore,
        inceptionScore,
        0.8,
        0.7,
        0.9,
        0.8,
        0.8,
        0.9,
        0.95,
        -0.1,
        fid,
        inceptionScore,
        0.95,
        SAMPLES);
  }
}
