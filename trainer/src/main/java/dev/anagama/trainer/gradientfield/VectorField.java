package dev.anagama.trainer.gradientfield;

/** A map from points to vectors of the same size. */
@FunctionalInterface
interface VectorField {
  /**
   * The vectors at some points.
   *
   * @param points one after the other
   * @return the vectors in the same order
   */
  float[] at(float[] points);
}
