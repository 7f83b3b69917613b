/**
 * The gateway: requests in, jobs on Kafka out, and back what became of them.
 * {@link dev.anagama.gateway.Gateway} puts it together; requests flow from {@code api} by
 * {@code admission} to Kafka, and facts from Kafka into {@code models} and {@code status}.
 */
@NullMarked
package dev.anagama.gateway;

import org.jspecify.annotations.NullMarked;
