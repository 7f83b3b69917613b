/** Benchmarks of the engine alone, without a gateway and without Kafka. */
@NullMarked
package dev.anagama.bench.engine;

import org.jspecify.annotations.NullMarked;
