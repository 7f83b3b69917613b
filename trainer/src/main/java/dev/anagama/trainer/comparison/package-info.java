/** Evaluations beside each other: curves, frontiers, and what arms pay for the same score. */
@NullMarked
package dev.anagama.trainer.comparison;

import org.jspecify.annotations.NullMarked;
