/**
 * The ends of Kafka: producers, consumers, topics and the reading of whole topics, made in one
 * place so that every process gives and relies on the same guarantees.
 */
@NullMarked
package dev.anagama.platform.kafka;

import org.jspecify.annotations.NullMarked;
