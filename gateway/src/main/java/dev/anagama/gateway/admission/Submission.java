package dev.anagama.gateway.admission;

import dev.anagama.gateway.errors.FieldProblem;
import dev.anagama.v1.JobSpec;
import java.util.List;
import java.util.Optional;

/**
 * A request for a job as its caller made it, whichever protocol it came by.
 *
 * @param id the caller's id for the job; without it one is made
 * @param spec what was asked for, as far as it could be read
 * @param problems what could not be read; with any the request is refused, together with what else
 *     is wrong
 */
public record Submission(Optional<String> id, JobSpec spec, List<FieldProblem> problems) {
  /** Keeps its own copy of the problems. */
  public Submission {
    problems = List.copyOf(problems);
  }
}
