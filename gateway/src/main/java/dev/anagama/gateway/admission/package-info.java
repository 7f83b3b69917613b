/**
 * The way of a job onto Kafka: checked, resolved, appended, and only then acknowledged. {@link
 * dev.anagama.gateway.admission.AdmissionPath} is the way; the other classes are its steps.
 */
@NullMarked
package dev.anagama.gateway.admission;

import org.jspecify.annotations.NullMarked;
