/** How far long work is, for whoever watches it. */
@NullMarked
package dev.anagama.deploy.progress;

import org.jspecify.annotations.NullMarked;
