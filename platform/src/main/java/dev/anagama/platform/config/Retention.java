package dev.anagama.platform.config;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How long the results of a job are kept after its end.
 *
 * @param keep how long, at least {@link #LEAST}; empty: for good
 */
public record Retention(Optional<Duration> keep) {
  /**
   * As long as jobs stay on Kafka. A job that came again after its results were removed would be
   * done again, and end twice.
   */
  public static final Duration LEAST = Duration.ofDays(7);

  /** They are never removed. */
  public static final Retention FOREVER = new Retention(Optional.empty());

  /** What {@link #of} takes. */
  static final String ALLOWED = "days or hours from 7d to 3650d, such as 30d or 200h, or forever";

  private static final Duration MOST = Duration.ofDays(3650);
  private static final Pattern TEXT = Pattern.compile("([0-9]{1,6})([dh])");

  /** Refuses what is out of range. */
  public Retention {
    keep.ifPresent(
        time -> {
          if (time.compareTo(LEAST) < 0 || time.compareTo(MOST) > 0) {
            throw new IllegalArgumentException("keep is %s; allowed: %s".formatted(time, ALLOWED));
          }
        });
  }

  /**
   * Reads it.
   *
   * @throws IllegalArgumentException if it is none of the forms that are allowed
   */
  public static Retention of(String text) {
    if (text.equals("forever")) {
      return FOREVER;
    }
    Matcher parts = TEXT.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException("'%s'; allowed: %s".formatted(text, ALLOWED));
    }
    long count = Long.parseLong(parts.group(1));
    return new Retention(
        Optional.of(parts.group(2).equals("d") ? Duration.ofDays(count) : Duration.ofHours(count)));
  }

  /** From when on the results of a job may be removed; empty: never. */
  public Optional<Instant> expiryOf(Instant endedAt) {
    return keep.map(endedAt::plus);
  }
}
