/**
 * Where images and checkpoints are kept: one small interface, one implementation for each back end.
 *
 * <p>Bytes come before facts: {@code put} returns only when the object is durable, so an event that
 * names an object is always sent after the object is there.
 */
@NullMarked
package dev.anagama.platform.objectstore;

import org.jspecify.annotations.NullMarked;
