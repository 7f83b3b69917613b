package dev.anagama.trainer.gradientfield;

import java.util.List;

/**
 * Where to look at the fields, and how closely.
 *
 * @param logSnrs levels, 1 to {@value #MAX_LEVELS}; each must be one of the checkpoint's
 * @param images real ones, each with noise of its own, which is the same at every level; {@value
 *     #MIN_IMAGES} to {@value #MAX_IMAGES}
 * @param directions from each noisy image, {@value #MIN_DIRECTIONS} to {@value #MAX_DIRECTIONS}:
 *     every pair of them gives an estimate
 * @param relativeStep of the central differences, in units of the level's sigma; above 0, at most
 *     {@value #MAX_RELATIVE_STEP}. Truncation grows with its square, and rounding as it shrinks
 * @param guidanceWeight w of the guided field, 0 or more
 * @param seed of noise and directions
 */
public record GradientFieldPlan(
    List<Double> logSnrs,
    int images,
    int directions,
    double relativeStep,
    double guidanceWeight,
    long seed) {
  /** Most levels. */
  public static final int MAX_LEVELS = 100;

  /** Fewest images: their spread is the error. */
  public static final int MIN_IMAGES = 2;

  /** Most images. */
  public static final int MAX_IMAGES = 100_000;

  /** Fewest directions: one pair. */
  public static final int MIN_DIRECTIONS = 2;

  /** Most directions; twice as many rows are in a forward pass. */
  public static final int MAX_DIRECTIONS = 256;

  /** Longest step. */
  public static final double MAX_RELATIVE_STEP = 0.5;

  /**
   * Checks what does not depend on checkpoint and data.
   *
   * @throws IllegalArgumentException naming the field, its value and what is allowed
   */
  public GradientFieldPlan {
    logSnrs = logSnrs.stream().distinct().sorted().toList();
    require(
        !logSnrs.isEmpty() && logSnrs.size() <= MAX_LEVELS,
        "number of log-snrs",
        logSnrs.size(),
        "1 to " + MAX_LEVELS);
    require(
        images >= MIN_IMAGES && images <= MAX_IMAGES,
        "images",
        images,
        MIN_IMAGES + " to " + MAX_IMAGES);
    require(
        directions >= MIN_DIRECTIONS && directions <= MAX_DIRECTIONS,
        "directions",
        directions,
        MIN_DIRECTIONS + " to " + MAX_DIRECTIONS);
    require(
        relativeStep > 0 && relativeStep <= MAX_RELATIVE_STEP,
        "step",
        relativeStep,
        "above 0, at most " + MAX_RELATIVE_STEP);
    require(
        guidanceWeight >= 0 && Double.isFinite(guidanceWeight),
        "guidance weight w",
        guidanceWeight,
        "0 or more");
  }

  static void require(boolean holds, String field, Object value, String allowed) {
    if (!holds) {
      throw new IllegalArgumentException("%s is %s; allowed: %s".formatted(field, value, allowed));
    }
  }
}
