/**
 * Noise levels and what follows from them alone: the variance-preserving process in log-SNR,
 * schedules, the grid of levels one run visits, and the Gaussian between two levels.
 *
 * <p>Everything is computed in {@code double}. Equations are those of Ho and Salimans,
 * "Classifier-Free Diffusion Guidance" (arXiv 2207.12598), section 2, where nothing else is said.
 */
@NullMarked
package dev.anagama.diffusion.schedule;

import org.jspecify.annotations.NullMarked;
