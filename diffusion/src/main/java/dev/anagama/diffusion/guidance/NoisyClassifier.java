package dev.anagama.diffusion.guidance;

import ai.djl.ndarray.NDArray;

/** A classifier of noisy images, as classifier guidance needs it. */
public interface NoisyClassifier {
  /**
   * {@code grad_z ln p(c|z)} at each row's level.
   *
   * @param z noisy images, float32[N, C, H, W]; unchanged
   * @param logSnr noise level of each row, float32[N]
   * @param condition class label of each row, int64[N]
   * @return float32[N, C, H, W], attached to z's manager
   */
  NDArray logProbabilityGradient(NDArray z, NDArray logSnr, NDArray condition);
}
