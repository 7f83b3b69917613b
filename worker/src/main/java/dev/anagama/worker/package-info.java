/**
 * The worker: jobs from Kafka, through the denoising loop, to stored images and one terminal event
 * each. The packages follow that way: intake, engine, publish; control brings checkpoints from the
 * side.
 */
@NullMarked
package dev.anagama.worker;

import org.jspecify.annotations.NullMarked;
