package dev.anagama.worker.schedule;

/**
 * A row in a step.
 *
 * @param job whose row it is
 * @param image the image's number in its job, from 0
 * @param step the step that it takes, from 0; at 0 the row begins
 * @param networkRows what the step costs, 1 to {@value Demand#MAX_NETWORK_ROWS}
 */
public record ChosenRow<J>(J job, int image, int step, int networkRows) {}
