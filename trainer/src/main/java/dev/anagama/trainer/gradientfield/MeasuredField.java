package dev.anagama.trainer.gradientfield;

import com.fasterxml.jackson.annotation.JsonValue;

/** A field over noisy images z of one level and class. All are on the scale of eps. */
public enum MeasuredField {
  /** {@code eps(z, c) - eps(z, null)}: what guidance adds, w times. */
  GUIDANCE_DIRECTION("guidance-direction"),
  /** {@code eps(z, c)}: the negative score of the model's density times sigma, if it had one. */
  CONDITIONAL("conditional"),
  /** {@code (1 + w) eps(z, c) - w eps(z, null)} (eq. 6). */
  GUIDED("guided"),
  /**
   * {@code -sigma grad_z ln p(c|z)} of a classifier, what classifier guidance adds: a gradient, so
   * its share tells what the measurement itself is wrong by.
   */
  CLASSIFIER_GRADIENT("classifier-gradient");

  private final String label;

  MeasuredField(String label) {
    this.label = label;
  }

  /** The name in files. */
  @JsonValue
  public String label() {
    return label;
  }
}
