/** Calls of the gateway over gRPC, as the command line and the demo make them. */
@NullMarked
package dev.anagama.deploy.client;

import org.jspecify.annotations.NullMarked;
