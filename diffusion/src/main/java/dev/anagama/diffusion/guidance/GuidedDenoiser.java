package dev.anagama.diffusion.guidance;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/**
 * A denoiser with guidance around it. Each row has its own level, condition and guidance, and its
 * answer does not depend on its neighbours'. The implementations differ in what guides: {@link
 * ClassifierFreeGuidance}, {@link Autoguidance}, {@link ClassifierGuidance}.
 */
public interface GuidedDenoiser {
  /** w that acts on a row; 0 where it costs a single evaluation. */
  double weight(GuidedRow row);

  /**
   * Guided noise of each row.
   *
   * @param z noisy images, float32[N, C, H, W]; unchanged
   * @param rows N of them
   * @param momentum what the pass before answered for these rows; null for nothing
   * @return attached to z's manager
   * @throws IllegalArgumentException if the sizes differ
   */
  GuidedNoise predictNoise(NDArray z, GuidedRow[] rows, @Nullable NDArray momentum);
}
