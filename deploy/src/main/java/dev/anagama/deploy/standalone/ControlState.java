package dev.anagama.deploy.standalone;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.anagama.contract.ReportKeys;
import dev.anagama.contract.Topics;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.kafka.TopicReader;
import dev.anagama.v1.ControlEvent;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
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

  ControlState {
    byModel = Map.copyOf(byModel);
  }

  /**
   * Reads the topic from its start to where it ends now.
   *
   * @throws org.apache.kafka.common.KafkaException if it can not be read
   */
  static ControlState read(KafkaSettings kafka) {
    Map<String, ControlEvent> events = new HashMap<>();
    try (TopicReader control = TopicReader.open(kafka, "control-state", Topics.CONTROL)) {
      control.forEach(record -> take(record, events));
    }
    return new ControlState(events);
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
