/** The end of the street: finished images into the object store, then the job's record. */
@NullMarked
package dev.anagama.worker.publish;

import org.jspecify.annotations.NullMarked;
