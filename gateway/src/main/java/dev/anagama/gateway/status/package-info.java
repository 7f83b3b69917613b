/** Where every job is: a bounded table in memory, and behind it what is stored for good. */
@NullMarked
package dev.anagama.gateway.status;

import org.jspecify.annotations.NullMarked;
