/** How long to wait before something that failed is tried again. */
@NullMarked
package dev.anagama.worker.retry;

import org.jspecify.annotations.NullMarked;
