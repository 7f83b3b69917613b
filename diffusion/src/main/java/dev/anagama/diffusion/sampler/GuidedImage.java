package dev.anagama.diffusion.sampler;

import dev.anagama.diffusion.guidance.Guidance;

/**
 * What one image of a run is made from.
 *
 * @param condition class label, or the model's null condition
 * @param guidance how strongly it is guided, and where
 * @param noise its own noise
 */
public record GuidedImage(long condition, Guidance guidance, NoiseStream noise) {}
