/**
 * The gateway's two faces, HTTP with JSON and gRPC, over the same admission path and the same
 * reads. Nothing here blocks an event loop: what waits runs in
 * {@link dev.anagama.gateway.api.BoundedWorkers}.
 */
@NullMarked
package dev.anagama.gateway.api;

import org.jspecify.annotations.NullMarked;
