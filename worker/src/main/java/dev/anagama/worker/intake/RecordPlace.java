package dev.anagama.worker.intake;

import dev.anagama.worker.publish.PartitionLease;

/**
 * Where a record that this worker has taken stands.
 *
 * @param lease the partition, as it is held
 * @param watermark what is finished in it
 * @param offset in the partition
 */
record RecordPlace(PartitionLease lease, OffsetWatermark watermark, long offset) {
  /** How often the record's job was begun. */
  Attempts attempts() {
    return watermark.attempts(offset);
  }
}
