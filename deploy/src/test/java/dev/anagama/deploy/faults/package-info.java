/** The service in processes of its own, with faults from outside. */
@NullMarked
package dev.anagama.deploy.faults;

import org.jspecify.annotations.NullMarked;
