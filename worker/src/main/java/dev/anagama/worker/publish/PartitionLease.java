package dev.anagama.worker.publish;

import org.apache.kafka.common.TopicPartition;

/**
 * A partition of the jobs topic for as long as this worker holds it: from one assignment to the
 * revocation or loss that ends it. Work under a lease that has ended is dropped wherever it is met;
 * the partition's next holder does it.
 */
public final class PartitionLease {
  private final TopicPartition partition;
  private volatile boolean ended;

  /** Begins a lease. */
  public PartitionLease(TopicPartition partition) {
    this.partition = partition;
  }

  /** The partition that is held. */
  public TopicPartition partition() {
    return partition;
  }

  /** Whether the partition is somebody else's now. */
  public boolean ended() {
    return ended;
  }

  /** Ends the lease; it never begins again. */
  public void end() {
    ended = true;
  }

  @Override
  public String toString() {
    return partition + (ended ? " (ended)" : "");
  }
}
