package dev.anagama.deploy.standalone;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.anagama.contract.ReportKeys;
import dev.anagama.contract.Topics;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.kafka.TopicTail;
import dev.anagama.v1.ControlEvent;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the control topic says of each model.
 *
 * @param byModel the last event of each model
 */
record ControlState(Map<String, ControlEvent> byModel) {
  private static final Logger log = LoggerFactory.getLogger(ControlState.class);

  private static final Duration LIMIT = Duration.ofSeconds(30);

  ControlState {
    byModel = Map.copyOf(byModel);
  }

  /** Reads the topic from its start to where it ends now. */
  static ControlState read(KafkaSettings kafka) throws InterruptedException {
    Map<String, ControlEvent> events = new ConcurrentHashMap<>();
    try (TopicTail tail =
        TopicTail.start(
            kafka, "control-state", List.of(Topics.CONTROL), record -> take(record, events))) {
      tail.caughtUp().get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
      return new ControlState(events);
    } catch (ExecutionException | TimeoutException e) {
      throw new StartException(
          "topic %s could not be read in %d s".formatted(Topics.CONTROL, LIMIT.toSeconds()), e);
    }
  }

  Optional<ControlEvent> of(String model) {
    return Optional.ofNullable(byModel.get(model));
  }

  private static void take(
      ConsumerRecord<String, byte[]> record, Map<String, ControlEvent> events) {
    if (record.key() == null || ReportKeys.isReport(record.key())) {
      // What workers say of a model changes nothing about it.
      return;
    }
    if (record.value() == null) {
      events.remove(record.key());
      return;
    }
    try {
      events.put(record.key(), ControlEvent.parseFrom(record.value()));
    } catch (InvalidProtocolBufferException e) {
      log.warn(
          "control record of '{}' at offset {} is no ControlEvent; it is passed over: {}",
          record.key(),
          record.offset(),
          e.getMessage());
    }
  }
}
