@NullMarked
package dev.anagama.deploy;

import org.jspecify.annotations.NullMarked;
