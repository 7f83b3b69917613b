/** Removes results of jobs that ended long ago. */
@NullMarked
package dev.anagama.gateway.retention;

import org.jspecify.annotations.NullMarked;
