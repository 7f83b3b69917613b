/** Images from a checkpoint's network, for whoever looks at them: pictures and measurements. */
@NullMarked
package dev.anagama.trainer.sampling;

import org.jspecify.annotations.NullMarked;
