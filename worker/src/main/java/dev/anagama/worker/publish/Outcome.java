package dev.anagama.worker.publish;

/** What became of an attempt at a job. */
public sealed interface Outcome permits StoredEnd, FailedAttempt {
  /** The job as it was taken. */
  TakenJob taken();
}
