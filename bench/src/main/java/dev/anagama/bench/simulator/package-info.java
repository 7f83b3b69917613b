/**
 * Workers in simulated time: the engine's own choice of rows, with a measured cost for each pass.
 */
@NullMarked
package dev.anagama.bench.simulator;

import org.jspecify.annotations.NullMarked;
