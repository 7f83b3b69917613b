/** What was given up, as it lies in the dead-letter topic, and how it is sent again. */
@NullMarked
package dev.anagama.deploy.letters;

import org.jspecify.annotations.NullMarked;
