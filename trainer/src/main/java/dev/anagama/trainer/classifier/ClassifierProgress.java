package dev.anagama.trainer.classifier;

/** Hears how far the making of a classifier is; called on the thread that works, which waits. */
public interface ClassifierProgress {
  /**
   * A step was taken.
   *
   * @param imagesSeen images so far
   * @param images images in all
   * @param loss mean cross-entropy of the step's batch
   */
  void stepDone(long imagesSeen, long images, double loss);

  /**
   * Test images were looked at, which follows the training.
   *
   * @param imagesSeen images so far, once for each level
   * @param images images in all
   */
  void tested(long imagesSeen, long images);
}
