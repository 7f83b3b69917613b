/** From pixel values to pictures: 8-bit coding, PNG bytes and labelled contact sheets. */
@NullMarked
package dev.anagama.diffusion.image;

import org.jspecify.annotations.NullMarked;
