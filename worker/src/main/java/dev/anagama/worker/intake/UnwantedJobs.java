package dev.anagama.worker.intake;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.anagama.contract.Identifiers;
import dev.anagama.contract.Topics;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.kafka.TopicTail;
import dev.anagama.platform.kafka.Topology;
import dev.anagama.v1.CancelRequested;
import dev.anagama.v1.GenerationJob;
import dev.anagama.worker.fleet.EngineFleet;
import dev.anagama.worker.publish.FinishedJob;
import dev.anagama.worker.publish.TakenJob;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows which jobs nobody wants any more: those that were cancelled, and those whose deadline has
 * passed.
 *
 * <p>Wishes to cancel come to every worker, because none knows who has a job or will have it. The
 * topic is read from its start by its own thread: a wish may be older than the worker, and its job
 * still lie in the queue. What is remembered of it is bounded; a job whose wish was forgotten is
 * done as if nobody had asked.
 */
public final class UnwantedJobs implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(UnwantedJobs.class);

  private static final int REMEMBERED = 100_000;

  private final Clock clock;
  private final CancelledJobs cancelled;
  private final TopicTail tail;

  // What follows is the intake's thread's alone.
  private final Set<String> told = new HashSet<>();
  private long additionsSeen;

  private UnwantedJobs(KafkaSettings kafka, String worker, Clock clock) {
    this.clock = clock;
    this.cancelled = new CancelledJobs(REMEMBERED, Topology.CANCELLATIONS_KEPT, clock);
    this.tail =
        TopicTail.start(
            kafka, "cancellations-" + worker, List.of(Topics.CANCELLATIONS), this::requested);
  }

  /**
   * Starts to read what is cancelled; the brokers need not be up.
   *
   * @param worker its name, for the Kafka client
   * @param clock what deadlines are measured by
   */
  public static UnwantedJobs start(KafkaSettings kafka, String worker, Clock clock) {
    return new UnwantedJobs(kafka, worker, clock);
  }

  /** Completes when what was cancelled before the start is known. */
  public CompletableFuture<Void> known() {
    return tail.caughtUp();
  }

  /** How a job that has just been taken ends before it begins; empty if it is to be done. */
  Optional<FinishedJob> end(TakenJob taken) {
    if (isCancelled(taken)) {
      return Optional.of(new FinishedJob.Canceled(taken));
    }
    return taken.expired(clock.instant())
        ? Optional.of(new FinishedJob.Expired(taken))
        : Optional.empty();
  }

  /**
   * Tells the engines of jobs in hand that were cancelled since the last call, each once. They
   * watch deadlines themselves. Jobs that are with no engine yet are for {@link JobStarter}.
   */
  void tell(EngineFleet engines, JobsInHand inHand) throws InterruptedException {
    long additions = cancelled.additions();
    if (additions == additionsSeen) {
      return;
    }
    additionsSeen = additions;
    Set<String> before = Set.copyOf(told);
    told.clear();
    for (TakenJob taken : inHand.taken()) {
      if (isCancelled(taken)) {
        told.add(taken.id());
        if (!before.contains(taken.id())) {
          log.info("{}: cancelled", taken);
          engines.cancel(taken.id());
        }
      }
    }
  }

  /** Stops the thread. */
  @Override
  public void close() {
    tail.close();
  }

  private boolean isCancelled(TakenJob taken) {
    GenerationJob job = taken.job();
    return cancelled.contains(job.getTenant(), job.getJobId());
  }

  private void requested(ConsumerRecord<String, byte[]> record) {
    if (record.value() == null) {
      return;
    }
    try {
      CancelRequested wish = CancelRequested.parseFrom(record.value());
      Identifiers.requireId("job_id", wish.getJobId());
      Identifiers.requireName("tenant", wish.getTenant());
      // When it was sent, by which the topic's retention counts as well.
      cancelled.add(wish.getTenant(), wish.getJobId(), record.timestamp());
    } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
      log.warn(
          "cancellation at offset {} can not be read; it is passed over: {}",
          record.offset(),
          e.getMessage());
    }
  }
}
