/** Named recipes: everything that a training run needs to know beside its data, as files. */
@NullMarked
package dev.anagama.trainer.recipe;

import org.jspecify.annotations.NullMarked;
