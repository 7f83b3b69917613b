/**
 * A real Kafka broker inside this process, for the standalone service and for tests.
 *
 * <p>The broker's library is large and most processes talk to an outside cluster, so this module
 * declares {@code kafka_2.13} as optional: whoever starts an {@link
 * dev.anagama.platform.broker.EmbeddedBroker} declares that dependency too. No other package here
 * may use it.
 */
@NullMarked
package dev.anagama.platform.broker;

import org.jspecify.annotations.NullMarked;
