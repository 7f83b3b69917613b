/**
 * What a checkpoint reaches, measured on generated images in the features of classifiers that were
 * trained on real images and guided nothing: fidelity, variety and label accuracy over guidance
 * weights, between a floor (real test images) and a ceiling (noise).
 */
@NullMarked
package dev.anagama.trainer.evaluation;

import org.jspecify.annotations.NullMarked;
