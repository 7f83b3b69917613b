package dev.anagama.diffusion.guidance;

/**
 * Dynamic thresholding (Saharia et al., Imagen, arXiv 2205.11487, section 2.3): where strong
 * guidance drives x~ out of [-1, 1], it is brought back as a whole, {@code clip(x~, -s, s) / s}
 * with s the given quantile of |x~| over the pixels of one image, or 1 if that is more. Clipping is
 * the same with s = 1.
 *
 * @param quantile share of the pixels that stay within s, 0.5 to 1; Imagen's 0.995 is common
 */
public record DynamicThreshold(double quantile) {
  /** Smallest quantile. */
  public static final double MIN_QUANTILE = 0.5;

  /**
   * Checks the quantile.
   *
   * @throws IllegalArgumentException if it is outside [{@value #MIN_QUANTILE}, 1]
   */
  public DynamicThreshold {
    if (!(quantile >= MIN_QUANTILE && quantile <= 1)) {
      throw new IllegalArgumentException(
          "quantile is " + quantile + ", must be within [" + MIN_QUANTILE + ", 1]");
    }
  }
}
