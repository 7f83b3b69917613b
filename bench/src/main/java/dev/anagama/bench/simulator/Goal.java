package dev.anagama.bench.simulator;

/**
 * What a user asks.
 *
 * @param jobsPerSecond that come, in the mean, above 0
 * @param p95Seconds most that 95 of 100 jobs may take from coming to their last step, above 0
 * @param pricePerHour of one worker, in any currency, at least 0
 */
public record Goal(double jobsPerSecond, double p95Seconds, double pricePerHour) {
  /** Checks the ranges. */
  public Goal {
    requirePositive("rate", jobsPerSecond);
    requirePositive("p95 seconds", p95Seconds);
    if (!(pricePerHour >= 0) || pricePerHour == Double.POSITIVE_INFINITY) {
      throw new IllegalArgumentException(
          "price per hour is %s; allowed: at least 0".formatted(pricePerHour));
    }
  }

  private static void requirePositive(String what, double value) {
    if (!(value > 0) || value == Double.POSITIVE_INFINITY) {
      throw new IllegalArgumentException("%s is %s; allowed: above 0".formatted(what, value));
    }
  }
}
