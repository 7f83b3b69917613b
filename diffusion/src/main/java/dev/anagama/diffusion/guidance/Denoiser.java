package dev.anagama.diffusion.guidance;

import ai.djl.ndarray.NDArray;

/**
 * Predicts the noise in noisy images. Each row has its own noise level and condition, so rows at
 * different steps of different runs may share one call.
 */
public interface Denoiser {
  /**
   * {@code eps_theta(z, c)} of the paper, row by row.
   *
   * @param z noisy images, float32[N, C, H, W]
   * @param logSnr noise level of each row, float32[N]
   * @param condition class label of each row, or the model's null condition, int64[N]
   * @return predicted noise, float32[N, C, H, W], attached to z's manager; the inputs are unchanged
   */
  NDArray predictNoise(NDArray z, NDArray logSnr, NDArray condition);
}
