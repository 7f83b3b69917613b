package dev.anagama.worker.intake;

import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * A record that is finished and whose finish is to be committed.
 *
 * @param place where it stands
 * @param ofOutcome whether it settles an outcome that publishing has handed over
 * @param records what the same transaction tells: the terminal event, a dead letter, both, or
 *     nothing
 */
record Answer(RecordPlace place, boolean ofOutcome, List<ProducerRecord<String, byte[]>> records) {
  /** Keeps its own list. */
  Answer {
    records = List.copyOf(records);
  }
}
