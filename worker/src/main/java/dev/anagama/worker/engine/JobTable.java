package dev.anagama.worker.engine;

import dev.anagama.v1.FailureCategory;
import dev.anagama.v1.JobFailed;
import dev.anagama.worker.engine.ModelTable.ModelState;
import dev.anagama.worker.publish.FinishedJob;
import dev.anagama.worker.publish.TakenJob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The jobs in the engine in the order they arrived. Touched by the engine's thread alone. */
final class JobTable {
  private static final Logger log = LoggerFactory.getLogger(JobTable.class);

  private final Duration unknownModelHold;
  private final List<ActiveJob> jobs = new ArrayList<>();

  JobTable(Duration unknownModelHold) {
    this.unknownModelHold = unknownModelHold;
  }

  void add(TakenJob taken) {
    jobs.add(new ActiveJob(taken));
  }

  /** Jobs that have begun. */
  int begun() {
    return (int) jobs.stream().filter(ActiveJob::begun).count();
  }

  /** Jobs that have not begun. */
  int waiting() {
    return jobs.size() - begun();
  }

  /** Plans the jobs that wait by the models as they are now. Those that can not be done leave. */
  List<FinishedJob> plan(ModelTable models, long nowNanos) {
    List<FinishedJob> failed = new ArrayList<>();
    for (ActiveJob job : jobs) {
      if (!job.begun()) {
        JobFailed failure = planned(job, models, nowNanos);
        if (failure != null) {
          failed.add(new FinishedJob.Failed(job.taken(), failure));
        }
      }
    }
    List<TakenJob> gone = failed.stream().map(FinishedJob::taken).toList();
    jobs.removeIf(job -> gone.contains(job.taken()));
    return failed;
  }

  /**
   * Rows for the choice, oldest job first.
   *
   * @param fresh most rows that have not begun
   * @param newJobs whether jobs may begin
   */
  List<Row> candidates(int fresh, boolean newJobs) {
    List<Row> rows = new ArrayList<>();
    int unbegun = 0;
    for (ActiveJob job : jobs) {
      if (job.planned() && (job.begun() || newJobs)) {
        List<Row> candidates = job.candidates(Math.max(0, fresh - unbegun));
        rows.addAll(candidates);
        unbegun += (int) candidates.stream().filter(row -> !row.begun()).count();
      }
    }
    return rows;
  }

  /** Takes jobs out, with their rows; nothing more is heard of them. */
  List<ActiveJob> remove(Predicate<ActiveJob> unwanted) {
    List<ActiveJob> removed = jobs.stream().filter(unwanted).toList();
    jobs.removeAll(removed);
    for (ActiveJob job : removed) {
      if (job.begun()) {
        leave(job);
        job.plan().run().drop(row -> row.job() == job);
      }
    }
    return removed;
  }

  /** Takes jobs out whose images are all there. */
  List<ActiveJob> removeFinished(Collection<ActiveJob> candidates) {
    List<ActiveJob> finished = candidates.stream().filter(ActiveJob::finished).toList();
    jobs.removeAll(finished);
    finished.forEach(JobTable::leave);
    return finished;
  }

  private static void leave(ActiveJob job) {
    job.plan().run().removeJob();
  }

  private @Nullable JobFailed planned(ActiveJob job, ModelTable models, long nowNanos) {
    String model = job.taken().job().getSpec().getModel();
    ModelState state = models.state(model);
    if (state instanceof ModelState.Serving serving) {
      return planned(job, serving.run());
    }
    job.plan(null);
    if (state instanceof ModelState.Gone gone) {
      return failure(gone.category(), "model '%s': %s".formatted(model, gone.reason()));
    }
    if (state == null && nowNanos - job.taken().takenNanos() > unknownModelHold.toNanos()) {
      return failure(
          FailureCategory.FAILURE_CATEGORY_INVALID,
          "model is '%s'; allowed: a published model".formatted(model));
    }
    return null;
  }

  private static @Nullable JobFailed planned(ActiveJob job, ModelRun run) {
    if (job.plannedFor(run)) {
      return null;
    }
    try {
      job.plan(JobPlan.of(job.taken().job().getSpec(), run));
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

  /** Why a job failed. */
  static JobFailed failure(FailureCategory category, String message) {
    return JobFailed.newBuilder().setCategory(category).setMessage(message).build();
  }
}
