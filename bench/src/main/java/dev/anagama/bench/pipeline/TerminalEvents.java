package dev.anagama.bench.pipeline;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.anagama.contract.Topics;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.kafka.TopicTail;
import dev.anagama.v1.JobEvent;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Hears of every committed end of a job, as a consumer outside the service would. */
final class TerminalEvents {
  private TerminalEvents() {}

  /**
   * Starts to listen; the caller closes what is returned.
   *
   * @param listener called on the tail's one thread
   */
  static TopicTail listen(KafkaSettings kafka, Consumer<JobEvent> listener) {
    return TopicTail.start(
        kafka, "bench-terminal-events", List.of(Topics.EVENTS), record -> hear(record, listener));
  }

  private static void hear(ConsumerRecord<String, byte[]> record, Consumer<JobEvent> listener) {
    JobEvent event;
    try {
      event = JobEvent.parseFrom(record.value());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(
          "event at %s-%d offset %d is no JobEvent"
              .formatted(record.topic(), record.partition(), record.offset()),
          e);
    }
    switch (event.getFactCase()) {
      case STARTED, FACT_NOT_SET -> {
        // Not the end of a job.
      }
      // Whatever else there may be ends a job.
      default -> listener.accept(event);
    }
  }
}
