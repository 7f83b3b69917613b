package dev.anagama.gateway.status;

import java.time.Clock;
import java.util.Optional;

/**
 * What is unfinished against one limit. Owned by one lock of its user.
 *
 * <p>Callers who are refused are told when to come again by the pace at which jobs end. Each is
 * promised a place behind those refused before, so that they do not all come at once; promises are
 * redeemed as jobs end, whoever takes the places.
 */
final class Tally {
  private static final int RETRY_SECONDS_MAX = 60;

  private final Load limit;
  private final EndRate ends;
  private Load held = Load.NONE;
  private Load promised = Load.NONE;

  Tally(Load limit, Clock clock) {
    this.limit = limit;
    this.ends = new EndRate(clock);
  }

  Load held() {
    return held;
  }

  boolean isEmpty() {
    return held.equals(Load.NONE);
  }

  void add(Load load) {
    if (isEmpty()) {
      ends.restart();
      promised = Load.NONE;
    }
    held = held.plus(load);
  }

  /** Takes back what was added and did not come to be. */
  void remove(Load load) {
    held = held.without(load);
  }

  /** Takes that what was added has ended. */
  void ended(Load load) {
    remove(load);
    promised = promised.without(load);
    ends.add(load);
  }

  /** What a refusal says of this limit. */
  record Full(String what, long held, long allowed, int retryAfterSeconds) {}

  /** Why {@code asked} has no room; empty if it has. */
  Optional<Full> full(Load asked) {
    Load after = held.plus(asked);
    if (after.jobs() > limit.jobs()) {
      return Optional.of(new Full("jobs", held.jobs(), limit.jobs(), promise(asked, after)));
    }
    if (after.images() > limit.images()) {
      return Optional.of(new Full("images", held.images(), limit.images(), promise(asked, after)));
    }
    return Optional.empty();
  }

  private int promise(Load asked, Load after) {
    double seconds = ends.secondsUntil(after.without(limit).plus(promised));
    if (seconds < RETRY_SECONDS_MAX) {
      promised = promised.plus(asked);
    }
    return (int) Math.max(1, Math.min(RETRY_SECONDS_MAX, Math.ceil(seconds)));
  }
}
