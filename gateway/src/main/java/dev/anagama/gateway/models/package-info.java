/** Which models are published, as the control topic tells it. */
@NullMarked
package dev.anagama.gateway.models;

import org.jspecify.annotations.NullMarked;
