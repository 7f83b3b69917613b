package dev.anagama.worker.schedule;

import java.util.List;

/**
 * What a step has brought to its end.
 *
 * @param rows that have taken their last step
 * @param jobs whose last row that was; they have left the roster
 */
public record Stepped<J>(List<ChosenRow<J>> rows, List<J> jobs) {}
