/**
 * The decision which rows take the next step. Plain Java: it sees no tensor, no broker and no clock,
 * so the engine and a simulator drive the same code.
 */
@NullMarked
package dev.anagama.worker.schedule;

import org.jspecify.annotations.NullMarked;
