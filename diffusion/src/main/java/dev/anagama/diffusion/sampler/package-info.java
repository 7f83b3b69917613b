/**
 * From noise to images: step coefficients, the update they drive, per-image noise, and {@link
 * dev.anagama.diffusion.sampler.DenoisingLoop}, the guided loop of the paper's Algorithm 2.
 */
@NullMarked
package dev.anagama.diffusion.sampler;

import org.jspecify.annotations.NullMarked;
