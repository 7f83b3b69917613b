/**
 * Checkpoints at rest: a folder with {@code manifest.json} and the files that it names, verified as
 * a whole before anything of it is used. {@code docs/checkpoint-format.md} describes the format for
 * readers in other languages.
 */
@NullMarked
package dev.anagama.diffusion.checkpoint;

import org.jspecify.annotations.NullMarked;
