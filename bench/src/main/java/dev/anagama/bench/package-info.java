/** Benchmarks that anyone can run; each measures its ratios in one run on one machine. */
@NullMarked
package dev.anagama.bench;

import org.jspecify.annotations.NullMarked;
