package dev.anagama.trainer.evaluation;

import dev.anagama.diffusion.schedule.StepGrid;
import dev.anagama.trainer.sampling.ImageMaker;
import java.util.List;
import java.util.stream.LongStream;

/**
 * What to measure.
 *
 * @param guidanceWeights w, each at least 0, at least one
 * @param samples images for each weight and seed, {@value #MIN_SAMPLES} to {@value #MAX_SAMPLES}
 * @param steps of the sampler, 1 to {@value StepGrid#MAX_STEPS}
 * @param sampler {@code ddim}, {@code ancestral}, {@code dpmpp_2m} or {@code heun}
 * @param seed the first seed of the noise; image i has the same noise and label at every weight
 * @param seeds repetitions with seeds that follow, 1 to {@value #MAX_SEEDS}
 * @param featureImages images that a feature network is trained on if there is none yet, repeats
 *     counted
 */
public record EvaluationPlan(
    List<Double> guidanceWeights,
    int samples,
    int steps,
    String sampler,
    long seed,
    int seeds,
    long featureImages) {
  /** Fewest images at a weight: fewer have no neighbourhoods. */
  public static final int MIN_SAMPLES = 20;

  /** Most images at a weight. */
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
    guidanceWeights = guidanceWeights.stream().distinct().sorted().toList();
    require(!guidanceWeights.isEmpty(), "guidance weights", guidanceWeights, "at least one");
    for (double weight : guidanceWeights) {
      require(weight >= 0 && Double.isFinite(weight), "guidance weight", weight, "0 or more");
    }
    require(
        samples >= MIN_SAMPLES && samples <= MAX_SAMPLES,
        "samples",
        samples,
        MIN_SAMPLES + " to " + MAX_SAMPLES);
    require(
        steps >= 1 && steps <= StepGrid.MAX_STEPS, "steps", steps, "1 to " + StepGrid.MAX_STEPS);
    ImageMaker.sampler(sampler);
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

  private static void require(boolean holds, String field, Object value, String allowed) {
    if (!holds) {
      throw new IllegalArgumentException("%s is %s; allowed: %s".formatted(field, value, allowed));
    }
  }
}
