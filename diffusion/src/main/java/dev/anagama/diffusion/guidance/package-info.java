/** The denoiser seam and classifier-free guidance, which joins two predictions of one denoiser. */
@NullMarked
package dev.anagama.diffusion.guidance;

import org.jspecify.annotations.NullMarked;
