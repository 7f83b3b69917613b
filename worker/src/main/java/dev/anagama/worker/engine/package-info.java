/**
 * The denoising itself: one thread that owns the device and takes the rows of all jobs through
 * their steps, side by side.
 */
@NullMarked
package dev.anagama.worker.engine;

import org.jspecify.annotations.NullMarked;
