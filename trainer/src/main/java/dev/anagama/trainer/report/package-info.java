/** Pictures of a training run: the loss over images seen, and samples of what was learned. */
@NullMarked
package dev.anagama.trainer.report;

import org.jspecify.annotations.NullMarked;
