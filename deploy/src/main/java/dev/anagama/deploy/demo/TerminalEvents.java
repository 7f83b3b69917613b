package dev.anagama.deploy.demo;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.anagama.contract.Topics;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.kafka.TopicReader;
import dev.anagama.v1.JobEvent;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Counts committed terminal events, as any consumer outside the service would. */
public final class TerminalEvents {
  private TerminalEvents() {}

  /**
   * How many terminal events each job has, of those that are committed by now.
   *
   * @throws org.apache.kafka.common.KafkaException if the topic can not be read
   * @throws DemoException if it holds something else
   */
  public static Map<String, Integer> byJob(KafkaSettings kafka) {
    Map<String, Integer> counts = new HashMap<>();
    try (TopicReader events = TopicReader.open(kafka, "terminal-events", Topics.EVENTS)) {
      events.forEach(record -> count(record, counts));
    }
    return counts;
  }

  private static void count(ConsumerRecord<String, byte[]> record, Map<String, Integer> counts) {
    JobEvent event = parsed(record);
    switch (event.getFactCase()) {
      case SUCCEEDED, FAILED, CANCELED, EXPIRED -> counts.merge(event.getJobId(), 1, Integer::sum);
      case STARTED, FACT_NOT_SET -> {
        // Not the end of a job.
      }
    }
  }

  private static JobEvent parsed(ConsumerRecord<String, byte[]> record) {
    try {
      return JobEvent.parseFrom(record.value());
    } catch (InvalidProtocolBufferException e) {
      throw new DemoException(
          "event at %s-%d offset %d is no JobEvent"
              .formatted(record.topic(), record.partition(), record.offset()),
          e);
    }
  }
}
