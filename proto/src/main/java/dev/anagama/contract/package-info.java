/** Names that every process must agree on: topics, object keys, identifiers. */
@NullMarked
package dev.anagama.contract;

import org.jspecify.annotations.NullMarked;
