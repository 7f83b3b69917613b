package dev.anagama.gateway.status;

import java.time.Clock;

/**
 * How fast jobs and images have ended lately: counts that fade with time, the older the fainter.
 * Owned by one lock of its user.
 */
final class EndRate {
  /** After so long a count has faded to 1/e. */
  private static final double FADE_SECONDS = 30;

  private final Clock clock;
  private long begunMillis;
  private long fadedMillis;
  private double jobs;
  private double images;

  EndRate(Clock clock) {
    this.clock = clock;
    restart();
  }

  /** Forgets all: time in which there was nothing to end says nothing of the pace. */
  void restart() {
    begunMillis = clock.millis();
    fadedMillis = begunMillis;
    jobs = 0;
    images = 0;
  }

  void add(Load ended) {
    fade();
    jobs += ended.jobs();
    images += ended.images();
  }

  /**
   * Seconds in which that much ends at the pace of late, at least 0. One end more is reckoned than
   * was seen: where none has come for so long, one may be expected in about as long again.
   */
  double secondsUntil(Load ended) {
    fade();
    double age = Math.max(0, fadedMillis - begunMillis) / 1e3;
    // Seconds of this pace that would make the faded counts.
    double seconds = FADE_SECONDS * -Math.expm1(-age / FADE_SECONDS);
    return seconds * Math.max(ended.jobs() / (jobs + 1), ended.images() / (images + 1));
  }

  private void fade() {
    long now = clock.millis();
    if (now > fadedMillis) {
      double left = Math.exp(-(now - fadedMillis) / (1e3 * FADE_SECONDS));
      jobs *= left;
      images *= left;
      fadedMillis = now;
    }
  }
}
