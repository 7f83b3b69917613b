package dev.anagama.trainer.evaluation;

/** Hears how far an evaluation is. */
@FunctionalInterface
public interface EvaluationProgress {
  /**
   * Something was done.
   *
   * @param part what is being done
   * @param done images of it
   * @param total images of it, at least 1
   */
  void advanced(String part, long done, long total);
}
