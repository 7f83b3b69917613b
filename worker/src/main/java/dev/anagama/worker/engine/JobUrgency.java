package dev.anagama.worker.engine;

import com.google.protobuf.Timestamp;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.Priority;
import dev.anagama.worker.schedule.Urgency;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** Reads from a job how soon it is wanted. */
final class JobUrgency {
  /**
   * A deadline that is further away, either way, is as good as this one: 100 years, because an
   * engine reckons from its start and may run for one of them. A long holds it in nanoseconds.
   */
  private static final long FARTHEST_SECONDS = TimeUnit.DAYS.toSeconds(36_500);

  private JobUrgency() {}

  /**
   * The urgency, with the deadline on the engine's clock.
   *
   * @param clock what the deadline is by
   * @param nowNanos the same moment by {@link System#nanoTime}
   */
  static Urgency of(JobSpec spec, Clock clock, long nowNanos) {
    if (!spec.hasDeadline()) {
      return new Urgency(priority(spec.getPriority()), OptionalLong.empty());
    }
    Timestamp at = spec.getDeadline();
    Instant now = clock.instant();
    long seconds =
        Math.max(
            now.getEpochSecond() - FARTHEST_SECONDS,
            Math.min(at.getSeconds(), now.getEpochSecond() + FARTHEST_SECONDS));
    Duration left = Duration.between(now, Instant.ofEpochSecond(seconds, at.getNanos()));
    return new Urgency(priority(spec.getPriority()), OptionalLong.of(nowNanos + left.toNanos()));
  }

  /** The class, as {@link Urgency#priority} counts. */
  static int priority(Priority priority) {
    return switch (priority) {
      case PRIORITY_INTERACTIVE -> Urgency.INTERACTIVE;
      case PRIORITY_BATCH -> Urgency.BATCH;
      case PRIORITY_STANDARD, PRIORITY_UNSPECIFIED, UNRECOGNIZED -> Urgency.STANDARD;
    };
  }
}
