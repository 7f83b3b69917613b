package dev.anagama.worker.intake;

import dev.anagama.worker.publish.TakenJob;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * A job in this worker's hand.
 *
 * @param taken the job
 * @param record as it came
 * @param place where the record stands
 */
record HeldJob(TakenJob taken, ConsumerRecord<String, byte[]> record, RecordPlace place) {
  String id() {
    return taken.id();
  }

  PriorityClass priority() {
    return PriorityClass.of(record.topic());
  }

  Attempts attempts() {
    return place.attempts();
  }

  boolean leaseEnded() {
    return taken.lease().ended();
  }

  @Override
  public String toString() {
    return taken.toString();
  }
}
