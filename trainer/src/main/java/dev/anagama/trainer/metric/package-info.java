/**
 * The figures by which generated images are compared with real ones: functions of feature vectors
 * and class probabilities, without a network in sight. docs/evaluation.md has the formulas and
 * their sources.
 */
@NullMarked
package dev.anagama.trainer.metric;

import org.jspecify.annotations.NullMarked;
