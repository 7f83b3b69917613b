/** Why the gateway does not do what it was asked; said once, for both protocols. */
@NullMarked
package dev.anagama.gateway.errors;

import org.jspecify.annotations.NullMarked;
