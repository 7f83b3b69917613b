package dev.anagama.diffusion.guidance;

import java.util.Optional;

/**
 * How strongly, where, and with what care an image is guided.
 *
 * @param weight w of the paper, by level: 0 is no guidance. The {@code guidance_scale} of the
 *     public interface is 1 + w
 * @param interval the levels at which the weight applies
 * @param projection what becomes of the difference between the two predictions
 * @param rescale what is taken back of the spread that guidance adds
 * @param threshold how x~ is brought into the range of pixels; clipping if left out
 */
public record Guidance(
    GuidanceWeight weight,
    GuidanceInterval interval,
    GuidanceProjection projection,
    GuidanceRescale rescale,
    Optional<DynamicThreshold> threshold) {
  /** The conditional prediction alone. */
  public static final Guidance NONE = new Guidance(0, GuidanceInterval.ALWAYS);

  /**
   * The paper's guidance with one weight.
   *
   * @param weight w: finite, at least 0
   * @throws IllegalArgumentException if the weight is negative or not finite
   */
  public Guidance(double weight, GuidanceInterval interval) {
    this(GuidanceWeight.constant(weight), interval);
  }

  /** The paper's guidance with a weight by level. */
  public Guidance(GuidanceWeight weight, GuidanceInterval interval) {
    this(weight, interval, GuidanceProjection.NONE, GuidanceRescale.NONE, Optional.empty());
  }

  /** The same, projected. */
  public Guidance with(GuidanceProjection newProjection) {
    return new Guidance(weight, interval, newProjection, rescale, threshold);
  }

  /** The same, rescaled. */
  public Guidance with(GuidanceRescale newRescale) {
    return new Guidance(weight, interval, projection, newRescale, threshold);
  }

  /** The same with a threshold. */
  public Guidance with(DynamicThreshold newThreshold) {
    return new Guidance(weight, interval, projection, rescale, Optional.of(newThreshold));
  }

  /**
   * The weight at a noise level: w inside the interval, 0 outside.
   *
   * @throws IllegalStateException if w is negative or not finite there
   */
  public double weightAt(double logSnr) {
    if (!interval.contains(logSnr)) {
      return 0;
    }
    double w = weight.at(logSnr);
    if (!(w >= 0 && Double.isFinite(w))) {
      throw new IllegalStateException(
          "weight is " + w + " at " + logSnr + ", must be finite and at least 0");
    }
    return w;
  }
}
