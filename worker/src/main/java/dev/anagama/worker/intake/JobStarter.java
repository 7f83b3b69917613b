package dev.anagama.worker.intake;

import dev.anagama.worker.fleet.EngineFleet;
import dev.anagama.worker.publish.FinishedJob;
import dev.anagama.worker.publish.Publisher;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Begins jobs, in two strokes: first the attempts are counted in the ledger, and once that is
 * committed the engines get the jobs. Used by one thread.
 */
final class JobStarter {
  /** A quarter of the places for waiting jobs, which a class may fill alone. */
  private static final int WELL_AHEAD = 4;

  private final StartOrder<HeldJob> starts;
  private final Ledger ledger;
  private final EngineFleet engines;
  private final UnwantedJobs unwanted;
  private final Publisher publisher;
  private final List<HeldJob> counted = new ArrayList<>();

  JobStarter(StartOrder<HeldJob> starts, Ledger ledger, JobIntake.Neighbours neighbours) {
    this.starts = starts;
    this.ledger = ledger;
    this.engines = neighbours.engines();
    this.unwanted = neighbours.unwanted();
    this.publisher = neighbours.publisher();
  }

  /** Whether a job of that class would find a place with the engines. */
  boolean hasRoom(PriorityClass of, long nowNanos) {
    List<HeldJob> soon = new ArrayList<>(counted);
    soon.addAll(starts.due(nowNanos));
    int places = engines.waitingPlaces();
    return places > 0
        && of.hasRoom(
            each ->
                engines.waiting(each.rank())
                    + (int) soon.stream().filter(job -> job.priority() == each).count(),
            places);
  }

  /** Whether engines have so many jobs waiting that none is idle soon. */
  boolean isWellAhead() {
    int places = engines.waitingPlaces();
    return places > 0 && waiting() >= Math.max(1, places / WELL_AHEAD);
  }

  /** Counts attempts of jobs that find a place. Those that nobody wants any more end. */
  void count(long nowNanos) {
    for (HeldJob job : starts.waiting()) {
      if (endsUnwanted(job)) {
        starts.remove(job);
      }
    }
    for (int room = engines.waitingPlaces() - counted.size() - waiting(); room > 0; room--) {
      Optional<HeldJob> next = starts.next(nowNanos);
      if (next.isEmpty()) {
        return;
      }
      ledger.begin(next.get().place());
      starts.begun(next.get());
      counted.add(next.get());
    }
  }

  /** Hands over those whose attempts are committed by now. */
  void handOver(long nowNanos) {
    for (HeldJob job : counted) {
      // It may have taken long to commit, and the engines were told of wishes meanwhile.
      if (!endsUnwanted(job) && !engines.offer(job.taken())) {
        ledger.handBack(job.place());
        starts.add(job, job.attempts().suspect(), nowNanos);
      }
    }
    counted.clear();
  }

  /** Whether the attempt was counted and the engines do not have the job yet. */
  boolean isCounted(HeldJob job) {
    return counted.contains(job);
  }

  /** Forgets jobs of leases that have ended. */
  void dropEnded() {
    counted.removeIf(HeldJob::leaseEnded);
  }

  /** Jobs of all classes that the engines have and that have not begun. */
  private int waiting() {
    int waiting = 0;
    for (PriorityClass each : PriorityClass.values()) {
      waiting += engines.waiting(each.rank());
    }
    return waiting;
  }

  private boolean endsUnwanted(HeldJob job) {
    Optional<FinishedJob> end = unwanted.end(job.taken());
    end.ifPresent(publisher::publish);
    return end.isPresent();
  }
}
