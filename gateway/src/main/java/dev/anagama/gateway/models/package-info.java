/** Which models are published and what workers make of them, as the control topic tells it. */
@NullMarked
package dev.anagama.gateway.models;

import org.jspecify.annotations.NullMarked;
