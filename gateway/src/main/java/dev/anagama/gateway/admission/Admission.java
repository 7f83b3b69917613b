package dev.anagama.gateway.admission;

import dev.anagama.v1.Job;

/**
 * The answer to a submission that was taken.
 *
 * @param job the job as it stands
 * @param created whether this submission made it; otherwise an earlier one did
 */
public record Admission(Job job, boolean created) {}
