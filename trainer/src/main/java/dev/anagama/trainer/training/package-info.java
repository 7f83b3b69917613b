/**
 * Joint training of the conditional and the unconditional model as one network: Algorithm 1 of Ho
 * and Salimans (arXiv 2207.12598). {@link dev.anagama.trainer.training.TrainingLoop} is the place
 * to read.
 */
@NullMarked
package dev.anagama.trainer.training;

import org.jspecify.annotations.NullMarked;
