package dev.anagama.contract;

import dev.anagama.v1.Priority;
import java.util.List;

/** The Kafka topics, named once. Keys are UTF-8; values are the Protobuf messages named here. */
public final class Topics {
  /** {@code GenerationJob} by job id: those of standard priority. */
  public static final String JOBS = "anagama.jobs";

  /** {@code GenerationJob} by job id: those that somebody waits for. */
  public static final String JOBS_INTERACTIVE = "anagama.jobs.interactive";

  /** {@code GenerationJob} by job id: those that may wait for all others. */
  public static final String JOBS_BATCH = "anagama.jobs.batch";

  /** The topics of jobs, the most urgent first. */
  public static final List<String> ALL_JOBS = List.of(JOBS_INTERACTIVE, JOBS, JOBS_BATCH);

  /** {@code JobEvent} by job id, with CloudEvents headers; read with {@code read_committed}. */
  public static final String EVENTS = "anagama.events";

  /** {@code JobProgress} by job id; lossy, short retention. */
  public static final String PROGRESS = "anagama.progress";

  /**
   * {@code ControlEvent}; compacted, read from the start by every process. Publications are keyed
   * by model name, reports by {@link ReportKeys}.
   */
  public static final String CONTROL = "anagama.control";

  /** {@code CancelRequested} by job id; short retention, read by every worker. */
  public static final String CANCELLATIONS = "anagama.cancellations";

  /** Jobs that were given up, as they came, with {@link DeadLetterHeaders}. */
  public static final String DEAD_LETTERS = "anagama.dead-letters";

  private Topics() {}

  /** Where jobs of a priority go; one that is not set, or not known here, is standard. */
  public static String ofJobs(Priority priority) {
    return switch (priority) {
      case PRIORITY_INTERACTIVE -> JOBS_INTERACTIVE;
      case PRIORITY_STANDARD, PRIORITY_UNSPECIFIED, UNRECOGNIZED -> JOBS;
      case PRIORITY_BATCH -> JOBS_BATCH;
    };
  }
}
