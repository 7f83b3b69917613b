/** What a worker tells of itself over HTTP. */
@NullMarked
package dev.anagama.worker.health;

import org.jspecify.annotations.NullMarked;
