package dev.anagama.worker.schedule;

import java.util.function.IntUnaryOperator;

/**
 * What a job asks of a lane.
 *
 * @param lane where its rows run
 * @param images rows that it has, at least 1
 * @param steps that each row takes, at least 1
 * @param networkRows what a step costs each row, by the step's number from 0: network rows, 1 to
 *     {@value #MAX_NETWORK_ROWS}; always the same answer for the same step
 */
public record Demand(Lane lane, int images, int steps, IntUnaryOperator networkRows) {
  /** Most network rows that one step of one row costs. */
  public static final int MAX_NETWORK_ROWS = 2;

  /** Checks the numbers. */
  public Demand {
    if (images < 1 || steps < 1) {
      throw new IllegalArgumentException(
          "images is %d and steps is %d; allowed: at least 1".formatted(images, steps));
    }
  }
}
