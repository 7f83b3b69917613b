/** Labelled images to train on and to measure against: IDX files, pictures in folders by class. */
@NullMarked
package dev.anagama.trainer.data;

import org.jspecify.annotations.NullMarked;
