package dev.anagama.worker.publish;

import com.google.protobuf.Timestamp;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.RecordSource;
import java.time.Instant;

/**
 * A job as this worker took it from Kafka.
 *
 * @param job what to do
 * @param lease the partition it came from
 * @param offset where it stands in the partition
 * @param takenNanos when it was taken, by {@link System#nanoTime}
 */
public record TakenJob(GenerationJob job, PartitionLease lease, long offset, long takenNanos) {
  /** The job's id. */
  public String id() {
    return job.getJobId();
  }

  /** Where its record stands on Kafka. */
  public RecordSource source() {
    return RecordSource.newBuilder()
        .setTopic(lease.partition().topic())
        .setPartition(lease.partition().partition())
        .setOffset(offset)
        .build();
  }

  /** Whether the job has a deadline that is not after {@code now}. */
  public boolean expired(Instant now) {
    Timestamp deadline = job.getSpec().getDeadline();
    return job.getSpec().hasDeadline()
        && !Instant.ofEpochSecond(deadline.getSeconds(), deadline.getNanos()).isAfter(now);
  }

  /** The job by its id and place, for logs. */
  @Override
  public String toString() {
    return "job %s at %s offset %d".formatted(id(), lease, offset);
  }
}
