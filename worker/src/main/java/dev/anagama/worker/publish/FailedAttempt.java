package dev.anagama.worker.publish;

import dev.anagama.v1.JobFailed;

/**
 * An attempt that failed where another one may not. Nothing is stored.
 *
 * @param taken the job as it was taken
 * @param reason how the job ends if this was its last attempt
 */
public record FailedAttempt(TakenJob taken, JobFailed reason) implements Outcome {}
