/**
 * Configuration as typed values: one mapping interface for each concern, with its defaults; all
 * problems are told at once, before anything starts.
 */
@NullMarked
package dev.anagama.platform.config;

import org.jspecify.annotations.NullMarked;
