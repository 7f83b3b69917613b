/**
 * What a checkpoint reaches, measured on generated images: so far the label accuracy over guidance
 * weights, under a classifier that was trained on real images and guided nothing.
 */
@NullMarked
package dev.anagama.trainer.evaluation;

import org.jspecify.annotations.NullMarked;
