/**
 * Whether a guidance direction is the gradient of anything: how far the Jacobians of fields are from
 * symmetric, by directional derivatives alone.
 */
@NullMarked
package dev.anagama.trainer.gradientfield;

import org.jspecify.annotations.NullMarked;
