package dev.anagama.worker.publish;

import dev.anagama.v1.JobRecord;

/**
 * A job whose end is in the object store; what remains is to tell.
 *
 * @param taken the job as it was taken
 * @param record what the store holds under the job's id, by this attempt or another
 */
public record StoredEnd(TakenJob taken, JobRecord record) implements Outcome {}
