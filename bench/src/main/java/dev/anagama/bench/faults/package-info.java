/**
 * Faults from outside: every part of the service in a process of its own, something that can do
 * harm on every line between them, and a reader who counts what became of the jobs. No part of the
 * service knows of any of it.
 */
@NullMarked
package dev.anagama.bench.faults;

import org.jspecify.annotations.NullMarked;
