/** The whole service in one process: broker, store, gateway, worker and a checkpoint to serve. */
@NullMarked
package dev.anagama.deploy.standalone;

import org.jspecify.annotations.NullMarked;
