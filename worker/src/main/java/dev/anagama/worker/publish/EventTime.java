package dev.anagama.worker.publish;

import com.google.protobuf.Timestamp;
import java.time.Instant;

/** Points in time as events carry them. */
final class EventTime {
  private EventTime() {}

  static Timestamp of(Instant instant) {
    return Timestamp.newBuilder()
        .setSeconds(instant.getEpochSecond())
        .setNanos(instant.getNano())
        .build();
  }
}
