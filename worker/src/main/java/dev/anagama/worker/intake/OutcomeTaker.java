package dev.anagama.worker.intake;

import dev.anagama.v1.FailureCategory;
import dev.anagama.worker.fleet.EngineFleet;
import dev.anagama.worker.publish.FailedAttempt;
import dev.anagama.worker.publish.FinishedJob;
import dev.anagama.worker.publish.Outcome;
import dev.anagama.worker.publish.Outcomes;
import dev.anagama.worker.publish.Publisher;
import dev.anagama.worker.publish.StoredEnd;
import dev.anagama.worker.retry.Backoff;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what became of attempts: an end that is stored is put down to be told, and a job whose
 * attempt has failed begins again after a pause, or is given up. Used by one thread.
 */
final class OutcomeTaker {
  private static final Logger log = LoggerFactory.getLogger(OutcomeTaker.class);

  private final JobsInHand inHand;
  private final StartOrder<HeldJob> starts;
  private final Ledger ledger;
  private final AnsweringRule rule;
  private final Outcomes outcomes;
  private final EngineFleet engines;
  private final Publisher publisher;
  private final Backoff pauses;

  OutcomeTaker(
      JobsInHand inHand,
      StartOrder<HeldJob> starts,
      Ledger ledger,
      DeadLetters letters,
      JobIntake.Neighbours neighbours,
      Backoff pauses) {
    this.inHand = inHand;
    this.starts = starts;
    this.ledger = ledger;
    this.rule = new AnsweringRule(letters);
    this.outcomes = neighbours.outcomes();
    this.engines = neighbours.engines();
    this.publisher = neighbours.publisher();
    this.pauses = pauses;
  }

  /** Takes those that are there, for a while. */
  void take(long untilNanos) {
    for (Outcome outcome;
        (outcome = outcomes.peek()) != null && System.nanoTime() - untilNanos < 0; ) {
      if (outcome.taken().lease().ended()) {
        outcomes.settled(1);
      } else {
        HeldJob job = Objects.requireNonNull(inHand.find(outcome.taken().id()));
        engines.ended(job.id());
        if (outcome instanceof StoredEnd end) {
          ended(job, end);
        } else if (outcome instanceof FailedAttempt failed) {
          outcomes.settled(1);
          failed(job, failed);
        }
      }
      outcomes.remove();
    }
  }

  private void ended(HeldJob job, StoredEnd end) {
    ledger.finish(job.place(), true, rule.told(job, end.record()));
    inHand.remove(job.id());
    starts.remove(job);
  }

  private void failed(HeldJob job, FailedAttempt failed) {
    if (failed.reason().getCategory() == FailureCategory.FAILURE_CATEGORY_UNAVAILABLE) {
      ledger.excuse(job.place());
    }
    String reason = failed.reason().getMessage();
    if (job.attempts().exhausted()) {
      log.error("{}: attempt {} failed and was the last: {}", job, Attempts.LIMIT, reason);
      starts.remove(job);
      publisher.publish(
          new FinishedJob.Failed(
              job.taken(), failed.reason().toBuilder().setDeadLettered(true).build()));
      return;
    }
    int begun = job.attempts().begun();
    long pauseMillis = pauses.pauseMillis(begun);
    log.warn("{}: attempt {} failed, next in {} ms: {}", job, begun, pauseMillis, reason);
    starts.add(
        job,
        job.attempts().suspect(),
        System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pauseMillis));
  }
}
