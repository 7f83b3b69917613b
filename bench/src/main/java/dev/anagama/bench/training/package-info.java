/** How fast training is, beside the same training in Python. */
@NullMarked
package dev.anagama.bench.training;

import org.jspecify.annotations.NullMarked;
