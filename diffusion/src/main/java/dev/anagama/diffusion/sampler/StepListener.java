package dev.anagama.diffusion.sampler;

/** Hears how far a run is. Called on the thread that runs it, which waits. */
@FunctionalInterface
public interface StepListener {
  /** For a run nobody watches. */
  StepListener SILENT = (stepsDone, stepsTotal) -> {};

  /**
   * A step was taken.
   *
   * @param stepsDone 1 to {@code stepsTotal}
   * @param stepsTotal the steps of the run
   */
  void stepDone(int stepsDone, int stepsTotal);
}
