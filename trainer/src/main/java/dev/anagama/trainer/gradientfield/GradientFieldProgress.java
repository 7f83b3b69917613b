package dev.anagama.trainer.gradientfield;

/** Hears how far a measurement is; called on the thread that works, which waits. */
@FunctionalInterface
public interface GradientFieldProgress {
  /**
   * A noisy image was looked at.
   *
   * @param done images so far, once for each level
   * @param total images in all
   */
  void measured(int done, int total);
}
