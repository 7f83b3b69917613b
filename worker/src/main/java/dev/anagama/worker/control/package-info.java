/** The second street's end: checkpoints from the control topic onto the device. */
@NullMarked
package dev.anagama.worker.control;

import org.jspecify.annotations.NullMarked;
