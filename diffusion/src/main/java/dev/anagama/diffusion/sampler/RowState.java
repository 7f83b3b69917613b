package dev.anagama.diffusion.sampler;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import org.jspecify.annotations.Nullable;

/**
 * What rows carry from one network evaluation to the next. Of a row that has no memory or momentum
 * beside rows that have, the values mean nothing but are finite.
 *
 * @param z float32[N, C, H, W]
 * @param memory what {@link Step#keeps} names, float32[N, C, H, W]; null if no row remembers
 *     anything
 * @param momentum of projected guidance ({@link
 *     dev.anagama.diffusion.guidance.GuidedNoise#momentum}), float32[N, C, H, W]; null if no row
 *     has any
 */
public record RowState(NDArray z, @Nullable NDArray memory, @Nullable NDArray momentum) {
  /** Rows that begin. */
  public static RowState start(NDArray noise) {
    return new RowState(noise, null, null);
  }

  /** Gives the arrays to a manager. */
  public void attach(NDManager manager) {
    z.attach(manager);
    if (memory != null) {
      memory.attach(manager);
    }
    if (momentum != null) {
      momentum.attach(manager);
    }
  }
}
