/**
 * The classifier of noisy images that classifier guidance follows: trained on the levels of the
 * diffusion, kept as one file, and never the one that measures.
 */
@NullMarked
package dev.anagama.trainer.classifier;

import org.jspecify.annotations.NullMarked;
