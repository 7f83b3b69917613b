/** Labelled images to train on: read from files, held as bytes. */
@NullMarked
package dev.anagama.trainer.data;

import org.jspecify.annotations.NullMarked;
