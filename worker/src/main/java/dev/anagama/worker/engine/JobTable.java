package dev.anagama.worker.engine;

import dev.anagama.v1.FailureCategory;
import dev.anagama.v1.JobFailed;
import dev.anagama.worker.engine.ModelTable.ModelState;
import dev.anagama.worker.publish.FinishedJob;
import dev.anagama.worker.publish.TakenJob;
import dev.anagama.worker.schedule.Choice;
import dev.anagama.worker.schedule.Roster;
import dev.anagama.worker.schedule.Urgency;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jobs in the engine in the order they arrived, and their places in the roster, which decides
 * what steps next. Touched by the engine's thread alone.
 */
final class JobTable {
  private static final Logger log = LoggerFactory.getLogger(JobTable.class);

  private final Duration unknownModelHold;
  private final Duration expectedModelHold;
  private final Roster<ActiveJob> roster = new Roster<>();
  private final List<ActiveJob> jobs = new ArrayList<>();

  JobTable(Duration unknownModelHold, Duration expectedModelHold) {
    this.unknownModelHold = unknownModelHold;
    this.expectedModelHold = expectedModelHold;
  }

  void arrive(TakenJob taken, Urgency urgency, long nowNanos) {
    ActiveJob job = new ActiveJob(taken, urgency.priority(), nowNanos);
    jobs.add(job);
    roster.arrive(job, urgency, taken.takenNanos());
  }

  /** Jobs that have begun. */
  int begun() {
    return (int) jobs.stream().filter(ActiveJob::begun).count();
  }

  /** Jobs that have not begun, by {@link Urgency#priority}. */
  int[] waiting() {
    int[] waiting = new int[Urgency.BATCH + 1];
    jobs.stream().filter(job -> !job.begun()).forEach(job -> waiting[job.priority()]++);
    return waiting;
  }

  /** Plans the jobs that wait by the models as they are now. Those that can not be done leave. */
  List<FinishedJob> plan(ModelTable models, long nowNanos) {
    List<FinishedJob> failed = new ArrayList<>();
    Set<ActiveJob> gone = new HashSet<>();
    for (ActiveJob job : jobs) {
      JobFailed failure = job.begun() ? null : planned(job, models, nowNanos);
      if (failure != null) {
        boolean passes = failure.getCategory() == FailureCategory.FAILURE_CATEGORY_UNAVAILABLE;
        failed.add(
            passes
                ? new FinishedJob.AttemptFailed(job.taken(), failure)
                : new FinishedJob.Failed(job.taken(), failure));
        gone.add(job);
      }
    }
    if (!gone.isEmpty()) {
      remove(gone::contains);
    }
    return failed;
  }

  /**
   * The rows that take the next step.
   *
   * @param newJobs whether jobs may begin
   */
  Optional<Choice<ActiveJob>> choose(long nowNanos, boolean newJobs) {
    return roster.choose(nowNanos, newJobs);
  }

  /** The rows have taken their step. Jobs whose images are all made leave and are given back. */
  List<ActiveJob> stepped(Choice<ActiveJob> choice, long stepNanos) {
    List<ActiveJob> finished = roster.stepped(choice, stepNanos).jobs();
    jobs.removeAll(finished);
    finished.forEach(job -> job.plan().run().removeJob());
    return finished;
  }

  /** Takes jobs out whose deadline has come. */
  List<ActiveJob> expire(long nowNanos) {
    List<ActiveJob> expired = roster.expire(nowNanos);
    return expired.isEmpty() ? expired : remove(expired::contains);
  }

  /** Takes jobs out, with their rows; nothing more is heard of them. */
  List<ActiveJob> remove(Predicate<ActiveJob> unwanted) {
    List<ActiveJob> removed = jobs.stream().filter(unwanted).toList();
    jobs.removeAll(removed);
    for (ActiveJob job : removed) {
      var unused = roster.remove(job);
      if (job.begun()) {
        job.plan().run().removeJob();
        job.plan().run().drop(row -> row.job() == job);
      }
    }
    return removed;
  }

  private @Nullable JobFailed planned(ActiveJob job, ModelTable models, long nowNanos) {
    String model = job.taken().job().getSpec().getModel();
    ModelState state = models.state(model);
    if (state instanceof ModelState.Serving serving) {
      return planned(job, serving.run());
    }
    if (job.planned()) {
      job.plan(null);
      roster.plan(job, null);
    }
    if (state instanceof ModelState.Gone gone) {
      return withoutModel(gone.category(), "model '%s': %s".formatted(model, gone.reason()));
    }
    long waitedNanos = nowNanos - job.arrivedNanos();
    if (state instanceof ModelState.Expected && waitedNanos > expectedModelHold.toNanos()) {
      return withoutModel(
          FailureCategory.FAILURE_CATEGORY_UNAVAILABLE,
          "model '%s' was not loaded in %d s".formatted(model, expectedModelHold.toSeconds()));
    }
    if (state == null && waitedNanos > unknownModelHold.toNanos()) {
      return withoutModel(
          FailureCategory.FAILURE_CATEGORY_INVALID,
          "model is '%s'; allowed: a published model".formatted(model));
    }
    return null;
  }

  private @Nullable JobFailed planned(ActiveJob job, ModelRun run) {
    if (job.plannedFor(run)) {
      return null;
    }
    try {
      JobPlan plan = JobPlan.of(job.taken().job().getSpec(), run);
      job.plan(plan);
      roster.plan(job, plan.demand());
      return null;
    } catch (InvalidJobException e) {
      log.info("{}: {}", job, e.getMessage());
      return failure(FailureCategory.FAILURE_CATEGORY_INVALID, String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      // Ours to mend; but it must end this job and not the engine.
      log.error("{}: could not be planned", job, e);
      return failure(FailureCategory.FAILURE_CATEGORY_INTERNAL, "not planned: " + e);
    }
  }

  /** The job may be sent again once its model is there; so it is kept among the dead letters. */
  private static JobFailed withoutModel(FailureCategory category, String message) {
    return failure(category, message).toBuilder().setDeadLettered(true).build();
  }

  /** Why a job failed. */
  static JobFailed failure(FailureCategory category, String message) {
    return JobFailed.newBuilder().setCategory(category).setMessage(message).build();
  }
}
