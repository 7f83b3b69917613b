package dev.anagama.worker.intake;

import java.time.Clock;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Remembers which jobs were cancelled: so many at most, the oldest wish forgotten first, and each
 * for a limited time. Any thread may call.
 */
final class CancelledJobs {
  private final int capacity;
  private final long heldMillis;
  private final Clock clock;

  /** When each wish was made, oldest first. */
  private final Map<Job, Long> requestedMillis = new LinkedHashMap<>();

  private volatile long additions;

  private record Job(String tenant, String id) {}

  /**
   * Nothing yet.
   *
   * @param capacity most jobs, at least 1
   * @param held how long each is remembered, from when it was requested
   */
  CancelledJobs(int capacity, Duration held, Clock clock) {
    this.capacity = capacity;
    this.heldMillis = held.toMillis();
    this.clock = clock;
  }

  /**
   * A job was cancelled.
   *
   * @param atMillis when, in milliseconds of the epoch
   */
  synchronized void add(String tenant, String id, long atMillis) {
    long forgottenMillis = clock.millis() - heldMillis;
    if (atMillis <= forgottenMillis) {
      return;
    }
    Job job = new Job(tenant, id);
    requestedMillis.remove(job);
    requestedMillis.put(job, atMillis);
    Iterator<Long> oldestFirst = requestedMillis.values().iterator();
    for (long oldest = oldestFirst.next();
        requestedMillis.size() > capacity || oldest <= forgottenMillis;
        oldest = oldestFirst.next()) {
      oldestFirst.remove();
    }
    additions++;
  }

  /** Whether a job was cancelled and the wish is still remembered. */
  synchronized boolean contains(String tenant, String id) {
    Long atMillis = requestedMillis.get(new Job(tenant, id));
    return atMillis != null && atMillis > clock.millis() - heldMillis;
  }

  /** How often a job was added; grows with every one. */
  long additions() {
    return additions;
  }
}
