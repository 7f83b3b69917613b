/**
 * The command line.
 *
 * <p>Exit codes: 0 done, 1 failed, 2 bad usage. Results go to standard output; what is said about
 * the work, and one line for a failure, to standard error.
 */
@NullMarked
package dev.anagama.deploy.cli;

import org.jspecify.annotations.NullMarked;
