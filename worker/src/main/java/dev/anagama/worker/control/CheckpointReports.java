package dev.anagama.worker.control;

import com.google.protobuf.util.Timestamps;
import dev.anagama.contract.Identifiers;
import dev.anagama.contract.ReportKeys;
import dev.anagama.contract.Topics;
import dev.anagama.v1.CheckpointRefused;
import dev.anagama.v1.CheckpointServed;
import dev.anagama.v1.ControlEvent;
import dev.anagama.worker.control.ModelStatus.Placement;
import dev.anagama.worker.control.ModelStatus.Refusal;
import dev.anagama.worker.control.ModelStatus.Served;
import dev.anagama.worker.fleet.DeviceEngine.Place;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the control topic what this worker serves and what it has refused: at most two records for
 * each model, each under a key of its own, taken back when they are no longer true. Used by one
 * thread.
 *
 * <p>Nothing is decided by these reports. One that Kafka does not take is said again at the next
 * {@link #renew}; one that stays behind because the process was killed is left out by its readers
 * after a while, and taken back by the next worker that starts.
 */
final class CheckpointReports implements AutoCloseable {
  /** How often reports are said again; readers forget them after three times that. */
  static final Duration RENEWAL = Duration.ofMinutes(5);

  /** A report that was not said again for so long is of a worker that does not come back. */
  static final Duration ABANDONED = Duration.ofDays(1);

  private static final Logger log = LoggerFactory.getLogger(CheckpointReports.class);

  private static final int MAX_REASON_CHARACTERS = 2_000;
  private static final Duration CLOSE = Duration.ofSeconds(5);

  private final String worker;
  private final String devices;
  private final String precisions;
  private final Producer<String, byte[]> producer;
  private final Clock clock;
  private final Map<String, ControlEvent> told = new HashMap<>();

  /**
   * Nothing is told yet.
   *
   * @param worker its name
   * @param places where its networks run
   * @param producer not transactional; owned by the reports from here on
   */
  CheckpointReports(
      String worker, List<Place> places, Producer<String, byte[]> producer, Clock clock) {
    this.worker = worker;
    this.devices = joined(places.stream().map(Place::name));
    this.precisions = joined(places.stream().map(place -> place.precision().label()).distinct());
    this.producer = producer;
    this.clock = clock;
  }

  /**
   * A report that the topic held before this worker said anything: of a life of it before, or of
   * any worker. It is taken back if nobody else will.
   */
  void found(String key, ControlEvent report) {
    String by = report.hasServed() ? report.getServed().getWorker() : "";
    by = report.hasRefused() ? report.getRefused().getWorker() : by;
    long ageMillis = clock.millis() - Timestamps.toMillis(report.getOccurredAt());
    if (by.equals(worker) || ageMillis > ABANDONED.toMillis()) {
      send(key, null);
    }
  }

  /** Where a model stands now; what was told of it and is no longer true is taken back. */
  void tell(ModelStatus status) {
    Map<String, ControlEvent> now = new HashMap<>();
    status.served().ifPresent(served -> put(now, served.version(), served(status, served)));
    status.refusal().ifPresent(refusal -> put(now, refusal.version(), refused(status, refusal)));
    for (String key : List.copyOf(told.keySet())) {
      if (key.startsWith(status.model() + "/") && !now.containsKey(key)) {
        told.remove(key);
        send(key, null);
      }
    }
    now.forEach(
        (key, event) -> {
          if (!event.equals(told.put(key, event))) {
            say(key, event);
          }
        });
  }

  /** Says everything again. */
  void renew() {
    told.forEach(this::say);
  }

  /** Takes everything back, if Kafka answers soon. */
  @Override
  public void close() {
    long untilNanos = System.nanoTime() + CLOSE.toNanos();
    for (String key : told.keySet()) {
      // Each may wait for seconds while Kafka does not answer.
      if (System.nanoTime() - untilNanos < 0) {
        send(key, null);
      }
    }
    told.clear();
    producer.close(CLOSE);
  }

  private void put(Map<String, ControlEvent> events, String version, ControlEvent event) {
    String model = event.hasServed() ? event.getServed().getModel() : event.getRefused().getModel();
    if (Identifiers.ID.matcher(version).matches() && Identifiers.NAME.matcher(model).matches()) {
      events.put(ReportKeys.of(model, version, worker), event);
    } else {
      log.warn("no report of model '{}' version '{}': such names have no key", model, version);
    }
  }

  private ControlEvent served(ModelStatus status, Served served) {
    return ControlEvent.newBuilder()
        .setServed(
            CheckpointServed.newBuilder()
                .setModel(status.model())
                .setVersion(served.version())
                .setWorker(worker)
                .setDevice(devices)
                .setPrecision(
                    joined(served.placements().stream().map(Placement::precision).distinct()))
                .setAt(Timestamps.fromMillis(served.since().toEpochMilli())))
        .build();
  }

  private ControlEvent refused(ModelStatus status, Refusal refusal) {
    String reason = refusal.reason();
    return ControlEvent.newBuilder()
        .setRefused(
            CheckpointRefused.newBuilder()
                .setModel(status.model())
                .setVersion(refusal.version())
                .setWorker(worker)
                .setDevice(devices)
                .setPrecision(precisions)
                .setReason(reason.substring(0, Math.min(reason.length(), MAX_REASON_CHARACTERS)))
                .setAt(Timestamps.fromMillis(refusal.at().toEpochMilli())))
        .build();
  }

  private static String joined(Stream<String> words) {
    return words.collect(Collectors.joining(","));
  }

  private void say(String key, ControlEvent event) {
    Instant now = clock.instant();
    send(
        key,
        event.toBuilder()
            .setOccurredAt(Timestamps.fromMillis(now.toEpochMilli()))
            .build()
            .toByteArray());
  }

  private void send(String key, byte @Nullable [] value) {
    try {
      var unused =
          producer.send(
              new ProducerRecord<>(Topics.CONTROL, key, value),
              (metadata, failure) -> {
                if (failure != null) {
                  log.warn("report {} was lost: {}", key, failure.toString());
                }
              });
    } catch (KafkaException e) {
      log.warn("report {} was lost: {}", key, e.toString());
    }
  }
}
