/** The engines of one worker, one for each device that it has. */
@NullMarked
package dev.anagama.worker.fleet;

import org.jspecify.annotations.NullMarked;
