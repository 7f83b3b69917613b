/** From labelled images to a published checkpoint. */
@NullMarked
package dev.anagama.trainer;

import org.jspecify.annotations.NullMarked;
