package dev.anagama.diffusion.checkpoint;

import dev.anagama.diffusion.network.Precision;

/**
 * How the weights came to be.
 *
 * @param dataset name of the data set
 * @param imagesSeen images that training steps have used, repeats counted
 * @param unconditionalProbability p_uncond of Algorithm 1, the share of rows trained without their
 *     class
 * @param batchSize images a step
 * @param learningRate of AdamW after warm-up
 * @param emaHalfLifeImages half-life of the averaged weights, in images
 * @param precision arithmetic of the network; parameters are float32 in any case
 * @param seed of weights, noise, levels and order
 * @param seconds time spent in training steps
 */
public record TrainingRecord(
    String dataset,
    long imagesSeen,
    double unconditionalProbability,
    int batchSize,
    double learningRate,
    double emaHalfLifeImages,
    Precision precision,
    long seed,
    double seconds) {
  /**
   * Checks what has bounds.
   *
   * @throws IllegalArgumentException naming the field, its value and what is allowed
   */
  public TrainingRecord {
    require(imagesSeen >= 0, "images_seen", imagesSeen, "at least 0");
    require(
        unconditionalProbability >= 0 && unconditionalProbability <= 1,
        "unconditional_probability",
        unconditionalProbability,
        "0 to 1");
    require(seconds >= 0, "seconds", seconds, "at least 0");
  }

  private static void require(boolean holds, String field, Object value, String allowed) {
    if (!holds) {
      throw new IllegalArgumentException(
          "training.%s is %s; allowed: %s".formatted(field, value, allowed));
    }
  }
}
