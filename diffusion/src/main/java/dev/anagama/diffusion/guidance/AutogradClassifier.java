package dev.anagama.diffusion.guidance;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;

/**
 * The gradient of a classifier that only tells its logits, by automatic differentiation with
 * respect to z. Rows do not see one another, so the gradient of the sum over rows is that of each
 * row.
 *
 * <p>DJL records for one thread at a time: no other gradient collector may be open in it.
 *
 * @param logits the classifier
 */
public record AutogradClassifier(Logits logits) implements NoisyClassifier {
  /** Scores classes; made of operations that PyTorch can differentiate. */
  @FunctionalInterface
  public interface Logits {
    /**
     * Logits of the classes.
     *
     * @param z noisy images, float32[N, C, H, W]
     * @param logSnr noise level of each row, float32[N]
     * @return float32[N, K]
     */
    NDArray of(NDArray z, NDArray logSnr);
  }

  @Override
  public NDArray logProbabilityGradient(NDArray z, NDArray logSnr, NDArray condition) {
    NDManager owner = z.getManager();
    try (NDManager scope = owner.newSubManager()) {
      scope.tempAttachAll(logSnr, condition);
      NDArray variable = z.duplicate();
      variable.attach(scope);
      variable.setRequiresGradient(true);
      try (GradientCollector gradients = Engine.getInstance().newGradientCollector()) {
        NDArray logProbabilities = logits.of(variable, logSnr).logSoftmax(1);
        NDArray ofClass = logProbabilities.gather(condition.reshape(-1, 1), 1).sum();
        gradients.backward(ofClass);
      }
      NDArray gradient = variable.getGradient().duplicate();
      gradient.attach(owner);
      return gradient;
    }
  }
}
