/**
 * The denoiser seam and what guides it. A {@link dev.anagama.diffusion.guidance.GuidedDenoiser}
 * wraps a denoiser: {@link dev.anagama.diffusion.guidance.ClassifierFreeGuidance}, {@link
 * dev.anagama.diffusion.guidance.Autoguidance} or {@link
 * dev.anagama.diffusion.guidance.ClassifierGuidance}. How strongly, where and with what care each
 * image is guided is its own {@link dev.anagama.diffusion.guidance.Guidance}.
 */
@NullMarked
package dev.anagama.diffusion.guidance;

import org.jspecify.annotations.NullMarked;
