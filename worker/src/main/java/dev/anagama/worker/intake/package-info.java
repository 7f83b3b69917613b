/**
 * Where jobs come in from Kafka and where their ends go back to it: consumed offsets and terminal
 * events in one transaction.
 */
@NullMarked
package dev.anagama.worker.intake;

import org.jspecify.annotations.NullMarked;
