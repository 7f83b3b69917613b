package dev.anagama.trainer.evaluation;

import dev.anagama.trainer.sampling.GuidanceMethod.LowTemperature.Cooled;
import dev.anagama.trainer.sampling.SamplingPlan;
import dev.anagama.trainer.sampling.StrengthAxis;
import java.util.List;
import java.util.stream.LongStream;

/**
 * What to measure.
 *
 * @param arm how images are guided
 * @param strengths of the guidance, at least one: w, each at least 0, or temperatures, each above 0
 *     and at most 1
 * @param samples images for each strength and seed, {@value #MIN_SAMPLES} to {@value #MAX_SAMPLES}
 * @param sampling sampler, schedule and steps
 * @param seed the first seed of the noise; image i has the same noise and label in every arm and at
 *     every strength
 * @param seeds repetitions with seeds that follow, 1 to {@value #MAX_SEEDS}
 * @param featureImages images that a feature network is trained on if there is none yet, repeats
 *     counted
 */
public record EvaluationPlan(
    ArmSource arm,
    List<Double> strengths,
    int samples,
    SamplingPlan sampling,
    long seed,
    int seeds,
    long featureImages) {
  /** Fewest images at a strength: fewer have no neighbourhoods. */
  public static final int MIN_SAMPLES = 20;

  /** Most images at a strength. */
  public static final int MAX_SAMPLES = 1_000_000;

  /** Most repetitions. */
  public static final int MAX_SEEDS = 1_000;

  private static final long MAX_FEATURE_IMAGES = 1_000_000_000;

  /**
   * Checks what does not depend on the checkpoint.
   *
   * @throws IllegalArgumentException naming the field, its value and what is allowed
   */
  public EvaluationPlan {
    strengths = strengths.stream().distinct().sorted().toList();
    StrengthAxis axis = arm.axis();
    require(!strengths.isEmpty(), axis.title(), strengths, "at least one");
    for (double strength : strengths) {
      require(axis.allows(strength), axis.title(), strength, axis.allowed());
    }
    requireEffect(arm, sampling);
    require(
        samples >= MIN_SAMPLES && samples <= MAX_SAMPLES,
        "samples",
        samples,
        MIN_SAMPLES + " to " + MAX_SAMPLES);
    require(seeds >= 1 && seeds <= MAX_SEEDS, "seeds", seeds, "1 to " + MAX_SEEDS);
    require(
        featureImages >= 1 && featureImages <= MAX_FEATURE_IMAGES,
        "feature images",
        featureImages,
        "1 to " + MAX_FEATURE_IMAGES);
  }

  /** The seeds in order. */
  List<Long> allSeeds() {
    return LongStream.range(seed, seed + seeds).boxed().toList();
  }

  private static void requireEffect(ArmSource arm, SamplingPlan sampling) {
    if (arm instanceof ArmSource.LowTemperature cold) {
      require(
          cold.cooled() == Cooled.SCORE || sampling.sampler().equals("ancestral"),
          "sampler",
          sampling.sampler(),
          "ancestral, where its noise is to be shrunk: the others add none");
    }
  }

  private static void require(boolean holds, String field, Object value, String allowed) {
    if (!holds) {
      throw new IllegalArgumentException("%s is %s; allowed: %s".formatted(field, value, allowed));
    }
  }
}
