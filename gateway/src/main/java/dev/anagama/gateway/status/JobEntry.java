package dev.anagama.gateway.status;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.Job;
import dev.anagama.v1.JobEvent;
import dev.anagama.v1.JobProgress;
import dev.anagama.v1.JobState;
import dev.anagama.v1.JobSucceeded;
import java.util.Comparator;
import java.util.Optional;

/**
 * All that is known of one job. Records come from several topics, in any order and more than once;
 * each {@code with} method keeps the greater of what it has and what it gets in a fixed order, so
 * the same records give the same entry however they come.
 *
 * @param job the job as accepted; empty when only events of it were seen
 * @param place where the job stands on Kafka; of two jobs with one id the lesser place counts
 * @param contested whether records of different requests have this id: gateways that were asked at
 *     the same moment have each taken one. Which of them the end tells of is then known only by the
 *     record in the object store
 * @param startedAt when a worker first began it, by {@code JobStarted}
 * @param progress the latest progress
 * @param terminal its end
 * @param terminalOffset where its end stands in its partition; the earlier of two counts
 */
public record JobEntry(
    Optional<GenerationJob> job,
    JobPlace place,
    boolean contested,
    Optional<Timestamp> startedAt,
    Optional<JobProgress> progress,
    Optional<JobEvent> terminal,
    long terminalOffset) {

  /** Nothing is known. */
  public static final JobEntry UNKNOWN =
      new JobEntry(
          Optional.empty(),
          JobPlace.NOWHERE,
          false,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Long.MAX_VALUE);

  // Time first; the rest only makes the order total, so that no two readings of it differ.
  private static final Comparator<JobProgress> LATER =
      Comparator.comparing(JobProgress::getAt, Timestamps.comparator())
          .thenComparingInt(JobProgress::getStepsDone)
          .thenComparingInt(JobProgress::getImagesDone)
          .thenComparing(JobProgress::getWorker);

  /** With the job as it stands at {@code at}. */
  public JobEntry withJob(GenerationJob accepted, JobPlace at) {
    boolean other =
        job.filter(known -> !known.getRequestSha256().equals(accepted.getRequestSha256()))
            .isPresent();
    boolean first = at.compareTo(place) < 0;
    if (!first && (contested || !other)) {
      return this;
    }
    return new JobEntry(
        first ? Optional.of(accepted) : job,
        first ? at : place,
        contested || other,
        startedAt,
        progress,
        terminal,
        terminalOffset);
  }

  /** With the fact that a worker began it. */
  public JobEntry withStarted(Timestamp at) {
    return startedAt.isEmpty() || Timestamps.compare(at, startedAt.get()) < 0
        ? new JobEntry(job, place, contested, Optional.of(at), progress, terminal, terminalOffset)
        : this;
  }

  /** With progress. */
  public JobEntry withProgress(JobProgress seen) {
    return progress.isEmpty() || LATER.compare(seen, progress.get()) > 0
        ? new JobEntry(
            job, place, contested, startedAt, Optional.of(seen), terminal, terminalOffset)
        : this;
  }

  /** With its end, for example {@code JobSucceeded}. */
  public JobEntry withTerminal(JobEvent end, long offset) {
    return offset < terminalOffset
        ? new JobEntry(job, place, contested, startedAt, progress, Optional.of(end), offset)
        : this;
  }

  /**
   * Whether this tells the job whole: it was read, and if it has ended, it is known to be the one
   * that the end tells of.
   */
  public boolean whole() {
    return job.isPresent() && !(contested && ended());
  }

  /** Whether the job has ended. */
  public boolean ended() {
    return terminal.isPresent();
  }

  /** The job, as long as it is known and has not ended. */
  Optional<GenerationJob> unfinished() {
    return ended() ? Optional.empty() : job;
  }

  /** How many images its end tells of. */
  int images() {
    return terminal.map(end -> end.getSucceeded().getImagesCount()).orElse(0);
  }

  /** The job as its caller sees it; empty while only events of it were seen. */
  public Optional<Job> view() {
    return job.map(this::view);
  }

  private Job view(GenerationJob accepted) {
    Job.Builder view =
        Job.newBuilder()
            .setId(accepted.getJobId())
            .setSpec(accepted.getSpec())
            .setCreatedAt(accepted.getAcceptedAt());
    startedAt.ifPresent(view::setStartedAt);
    if (terminal.isEmpty()) {
      progress.ifPresent(view::setProgress);
      return view.setState(
              startedAt.isPresent() || progress.isPresent()
                  ? JobState.JOB_STATE_RUNNING
                  : JobState.JOB_STATE_QUEUED)
          .build();
    }
    JobEvent end = terminal.get();
    view.setEndedAt(end.getOccurredAt());
    return switch (end.getFactCase()) {
      case SUCCEEDED -> succeeded(view, accepted, end).build();
      case CANCELED -> view.setState(JobState.JOB_STATE_CANCELED).build();
      case EXPIRED -> view.setState(JobState.JOB_STATE_EXPIRED).build();
      case FAILED, STARTED, FACT_NOT_SET ->
          view.setState(JobState.JOB_STATE_FAILED).setError(end.getFailed()).build();
    };
  }

  private static Job.Builder succeeded(Job.Builder view, GenerationJob accepted, JobEvent end) {
    JobSucceeded success = end.getSucceeded();
    if (success.hasStartedAt()) {
      view.setStartedAt(success.getStartedAt());
    }
    if (success.hasResultsExpireAt()) {
      view.setResultsExpireAt(success.getResultsExpireAt());
    }
    int steps = accepted.getSpec().getNumInferenceSteps();
    return view.setState(JobState.JOB_STATE_SUCCEEDED)
        .addAllImages(success.getImagesList())
        .setProvenance(success.getProvenance())
        // Progress is lossy; what success implies is not.
        .setProgress(
            JobProgress.newBuilder()
                .setJobId(accepted.getJobId())
                .setStepsDone(steps)
                .setStepsTotal(steps)
                .setImagesDone(success.getImagesCount())
                .setWorker(success.getProvenance().getWorker())
                .setAt(end.getOccurredAt()));
  }
}
