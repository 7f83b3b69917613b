package dev.anagama.worker.control;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.Timestamps;
import dev.anagama.contract.ReportKeys;
import dev.anagama.v1.ControlEvent;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** A record of the control topic as a worker reads it. */
sealed interface ControlRecord {
  /** What is to be served of a model; an event without a fact if that was deleted. */
  record Publication(ControlEvent event) implements ControlRecord {}

  /** What a worker says, this one or another; empty if it was taken back. */
  record Report(String key, Optional<ControlEvent> event) implements ControlRecord {}

  /** Nothing that this release can use; a later one may have sent it. */
  record Unusable(String why) implements ControlRecord {}

  /** Tells what a record is; never fails, because others write to the topic too. */
  static ControlRecord of(ConsumerRecord<String, byte[]> record) {
    String key = record.key();
    if (key == null) {
      return new Unusable("it has no key");
    }
    boolean report = ReportKeys.isReport(key);
    if (record.value() == null) {
      return report
          ? new Report(key, Optional.empty())
          : new Publication(ControlEvent.newBuilder().setModel(key).build());
    }
    ControlEvent event;
    try {
      event = ControlEvent.parseFrom(record.value());
    } catch (InvalidProtocolBufferException e) {
      return new Unusable("it is no ControlEvent: " + e.getMessage());
    }
    if (!Timestamps.isValid(event.getOccurredAt())) {
      return new Unusable("its occurred_at is out of range; allowed: the years 1 to 9999");
    }
    return switch (event.getFactCase()) {
      case SERVED, REFUSED ->
          report
              ? new Report(key, Optional.of(event))
              : new Unusable("it is a report under the key of a publication");
      case PUBLISHED, WITHDRAWN ->
          event.getModel().equals(key)
              ? new Publication(event)
              : new Unusable("it is about model '%s'".formatted(event.getModel()));
      case FACT_NOT_SET -> new Unusable("it tells a fact that is unknown here");
    };
  }
}
