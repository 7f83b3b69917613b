package dev.anagama.gateway.models;

import com.google.protobuf.util.Timestamps;
import dev.anagama.v1.CheckpointRefused;
import dev.anagama.v1.CheckpointServed;
import dev.anagama.v1.ControlEvent;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What each worker says it serves, and what it has refused. It is for people to read and decides
 * nothing. One thread feeds it; any thread may read it.
 *
 * <p>Workers say their reports again every few minutes, and take them back when they stop. One that
 * was not said for {@link #KEPT} is of a worker that died, and is left out.
 */
public final class WorkerReports {
  /** How long a report holds that is not said again. */
  public static final Duration KEPT = Duration.ofMinutes(15);

  private static final Logger log = LoggerFactory.getLogger(WorkerReports.class);

  /** More than any fleet needs: two reports for each worker and model. */
  private static final int MAX_REPORTS = 10_000;

  private final Clock clock;
  private final ConcurrentSkipListMap<String, ControlEvent> byKey = new ConcurrentSkipListMap<>();

  WorkerReports(Clock clock) {
    this.clock = clock;
  }

  /** Which workers serve a model, by worker name. */
  public List<CheckpointServed> served(String model) {
    return current()
        .filter(event -> event.hasServed() && event.getServed().getModel().equals(model))
        .map(ControlEvent::getServed)
        .sorted(Comparator.comparing(CheckpointServed::getWorker))
        .toList();
  }

  /** Which workers have refused a version of a model, by worker name. */
  public List<CheckpointRefused> refused(String model) {
    return refused().stream().filter(refused -> refused.getModel().equals(model)).toList();
  }

  /** Which workers have refused a version of any model, by worker name. */
  public List<CheckpointRefused> refused() {
    return current()
        .filter(ControlEvent::hasRefused)
        .map(ControlEvent::getRefused)
        .sorted(Comparator.comparing(CheckpointRefused::getWorker))
        .toList();
  }

  /** Takes a report. */
  void put(String key, ControlEvent event) {
    if (byKey.size() >= MAX_REPORTS && !byKey.containsKey(key)) {
      byKey.values().removeIf(kept -> !isCurrent(kept));
      if (byKey.size() >= MAX_REPORTS) {
        log.warn("there are {} reports of workers already; '{}' is not shown", MAX_REPORTS, key);
        return;
      }
    }
    byKey.put(key, event);
  }

  /** A report is taken back. */
  void remove(String key) {
    byKey.remove(key);
  }

  private Stream<ControlEvent> current() {
    return byKey.values().stream().filter(this::isCurrent);
  }

  private boolean isCurrent(ControlEvent event) {
    long ageMillis = clock.millis() - Timestamps.toMillis(event.getOccurredAt());
    return ageMillis <= KEPT.toMillis();
  }
}
