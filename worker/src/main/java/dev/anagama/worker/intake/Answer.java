package dev.anagama.worker.intake;

import dev.anagama.worker.publish.PartitionLease;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * A record that is finished and whose finish is to be committed.
 *
 * @param lease the partition that the record came from
 * @param offset where it stands there
 * @param ofJob whether it ends a job that this worker did
 * @param record what the same transaction tells: the terminal event, a dead letter, or nothing
 */
record Answer(
    PartitionLease lease,
    long offset,
    boolean ofJob,
    Optional<ProducerRecord<String, byte[]>> record) {}
