package dev.anagama.worker.intake;

import dev.anagama.worker.fleet.EngineFleet;
import dev.anagama.worker.publish.PartitionLease;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes over partitions and hands them back. What is finished is committed before a partition goes,
 * and the attempts at its other jobs are taken back. Those are then dropped by ending the
 * partition's lease; what is stored of them already, the next holder finds.
 *
 * <p>A partition that is lost without notice takes its counts along. If it comes back to this very
 * worker, which has lived on, these attempts are taken back then.
 *
 * <p>Called by the consumer while it polls or closes, on the intake's thread.
 */
final class PartitionChanges implements ConsumerRebalanceListener {
  private static final Logger log = LoggerFactory.getLogger(PartitionChanges.class);

  private static final long COLLECT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Consumer<String, byte[]> consumer;
  private final Map<TopicPartition, HeldPartition> held;
  private final FetchedRecords fetched;
  private final JobsInHand inHand;
  private final StartOrder<HeldJob> starts;
  private final Ledger ledger;
  private final OutcomeTaker outcomeTaker;
  private final JobStarter starter;
  private final EngineFleet engines;

  /** Offsets whose jobs had begun here when their partition was lost: at most those in hand. */
  private final Map<TopicPartition, Set<Long>> survived = new HashMap<>();

  PartitionChanges(
      Consumer<String, byte[]> consumer,
      Map<TopicPartition, HeldPartition> held,
      FetchedRecords fetched,
      JobsInHand inHand,
      StartOrder<HeldJob> starts,
      Ledger ledger,
      OutcomeTaker outcomeTaker,
      JobStarter starter,
      EngineFleet engines) {
    this.consumer = consumer;
    this.held = held;
    this.fetched = fetched;
    this.inHand = inHand;
    this.starts = starts;
    this.ledger = ledger;
    this.outcomeTaker = outcomeTaker;
    this.starter = starter;
    this.engines = engines;
  }

  /**
   * Whether a commit has failed only because partitions are just being shared out anew. It is made
   * again when that is over.
   */
  static boolean isRoutine(KafkaException e) {
    Throwable reason = e.getCause() == null ? e : e.getCause();
    return reason instanceof CommitFailedException
        || reason instanceof RebalanceInProgressException;
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    for (TopicPartition partition : partitions) {
      Set<Long> offsets = survived.remove(partition);
      held.put(
          partition,
          new HeldPartition(
              new PartitionLease(partition), offsets == null ? Set.of() : Set.copyOf(offsets)));
    }
    if (!partitions.isEmpty()) {
      // The others are somebody else's now.
      survived.clear();
    }
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    try {
      outcomeTaker.take(System.nanoTime() + COLLECT_NANOS);
      running(partitions).forEach(job -> ledger.handBack(job.place()));
      ledger.commit(consumer);
    } catch (KafkaException e) {
      // It is stored, so the next holder tells it.
      if (isRoutine(e)) {
        log.info("finished jobs of {} are left to their next holder to tell", partitions);
      } else {
        log.warn("finished jobs of {} go untold: {}", partitions, e.toString());
      }
    }
    release(partitions);
  }

  @Override
  public void onPartitionsLost(Collection<TopicPartition> partitions) {
    for (HeldJob job : running(partitions)) {
      // A count that may not have been committed must not take back another worker's.
      if (!starter.isCounted(job)) {
        survived
            .computeIfAbsent(job.taken().lease().partition(), partition -> new HashSet<>())
            .add(job.place().offset());
      }
    }
    release(partitions);
  }

  /** Jobs of those partitions that have begun. */
  private List<HeldJob> running(Collection<TopicPartition> partitions) {
    return inHand.jobs().stream()
        .filter(job -> partitions.contains(job.taken().lease().partition()))
        .filter(starts::isRunning)
        .toList();
  }

  private void release(Collection<TopicPartition> partitions) {
    for (TopicPartition partition : partitions) {
      HeldPartition released = held.remove(partition);
      if (released != null) {
        released.lease().end();
      }
    }
    fetched.removeIf(r -> partitions.contains(new TopicPartition(r.topic(), r.partition())));
    inHand.dropEnded();
    starts.removeIf(HeldJob::leaseEnded);
    starter.dropEnded();
    ledger.dropEnded();
    engines.leasesChanged();
  }
}
