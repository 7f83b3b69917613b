package dev.anagama.deploy.demo;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.anagama.contract.Topics;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.kafka.TopicTail;
import dev.anagama.v1.JobEvent;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Counts committed terminal events, as any consumer outside the service would. */
public final class TerminalEvents {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private TerminalEvents() {}

  /** How many terminal events each job has, of those that are committed by now. */
  public static Map<String, Integer> byJob(KafkaSettings kafka) {
    ConcurrentMap<String, Integer> counts = new ConcurrentHashMap<>();
    try (TopicTail tail =
        TopicTail.start(
            kafka, "terminal-events", List.of(Topics.EVENTS), record -> count(record, counts))) {
      tail.caughtUp().get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
      return Map.copyOf(counts);
    } catch (ExecutionException | TimeoutException e) {
      throw new DemoException(
          "topic %s could not be read in %d s".formatted(Topics.EVENTS, LIMIT.toSeconds()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while reading " + Topics.EVENTS);
    }
  }

  private static void count(
      ConsumerRecord<String, byte[]> record, ConcurrentMap<String, Integer> counts) {
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
