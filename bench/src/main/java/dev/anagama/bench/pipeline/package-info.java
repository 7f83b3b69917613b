/** Benchmarks of the whole service: a gateway, a broker and a worker in this process. */
@NullMarked
package dev.anagama.bench.pipeline;

import org.jspecify.annotations.NullMarked;
