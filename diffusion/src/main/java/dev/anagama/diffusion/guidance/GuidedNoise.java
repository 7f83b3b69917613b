package dev.anagama.diffusion.guidance;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/**
 * The answer of a guided pass.
 *
 * @param eps eps~, float32[N, C, H, W]
 * @param momentum of {@link GuidanceProjection}, to be handed to the next pass, float32[N, C, H,
 *     W]; null if no row has any
 */
public record GuidedNoise(NDArray eps, @Nullable NDArray momentum) {}
