/** The paper's example in the plane, in which guidance can be seen whole. */
@NullMarked
package dev.anagama.trainer.toy;

import org.jspecify.annotations.NullMarked;
