/** A finished checkpoint on its way to the workers: object store first, then the control topic. */
@NullMarked
package dev.anagama.trainer.publish;

import org.jspecify.annotations.NullMarked;
