package dev.anagama.bench.simulator;

/**
 * How bursts come: a Markov-modulated Poisson process of two states, whose mean rate is the same as
 * without bursts.
 *
 * @param factor rate in a burst over the mean rate, at least 1
 * @param meanOnSeconds mean length of a burst, exponentially distributed, above 0
 * @param meanOffSeconds mean time between bursts, exponentially distributed, above 0
 */
public record Burstiness(double factor, double meanOnSeconds, double meanOffSeconds) {
  /** Twice the mean rate for 10 seconds out of 40. */
  public static final Burstiness DEFAULT = new Burstiness(2, 10, 30);

  /** Checks the ranges; a burst can not bring more than all jobs. */
  public Burstiness {
    require("mean seconds of a burst", meanOnSeconds);
    require("mean seconds between bursts", meanOffSeconds);
    double most = (meanOnSeconds + meanOffSeconds) / meanOnSeconds;
    if (!(factor >= 1 && factor <= most)) {
      throw new IllegalArgumentException(
          "the burst factor is %s; allowed: 1 to %s, where all jobs come in bursts"
              .formatted(factor, most));
    }
  }

  /** Share of the time that is in bursts. */
  double shareOn() {
    return meanOnSeconds / (meanOnSeconds + meanOffSeconds);
  }

  /** Rate between bursts over the mean rate. */
  double quietFactor() {
    return Math.max(0, (1 - factor * shareOn()) / (1 - shareOn()));
  }

  /** Mean time from the beginning of a burst to that of the next. */
  double cycleSeconds() {
    return meanOnSeconds + meanOffSeconds;
  }

  private static void require(String what, double value) {
    if (!(value > 0) || value == Double.POSITIVE_INFINITY) {
      throw new IllegalArgumentException("%s is %s; allowed: above 0".formatted(what, value));
    }
  }
}
