package dev.anagama.trainer.training;

/** Hears how far training is; called on the thread that trains, which waits. */
public interface TrainingListener {
  /**
   * A step was taken.
   *
   * @param imagesSeen images so far, of earlier sittings too
   * @param images images in all
   * @param loss mean loss of the step's batch
   */
  void stepDone(long imagesSeen, long images, double loss);

  /** The training state was saved. */
  void saved(long imagesSeen);
}
