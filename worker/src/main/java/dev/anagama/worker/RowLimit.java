package dev.anagama.worker;

import dev.anagama.worker.engine.EngineLimits;
import java.util.OptionalInt;

/**
 * Most network rows in one step, as it is configured.
 *
 * @param rows how many; empty if it is chosen by measurement for each checkpoint and device
 */
public record RowLimit(OptionalInt rows) {
  /** What {@link #of} takes. */
  static final String ALLOWED = "auto, or a whole number from 2 to " + EngineLimits.MAX_ROWS;

  private static final String AUTO = "auto";
  private static final int MIN_ROWS = 2;

  /**
   * Reads it.
   *
   * @throws IllegalArgumentException if it is not {@link #ALLOWED}
   */
  public static RowLimit of(String text) {
    if (text.equals(AUTO)) {
      return new RowLimit(OptionalInt.empty());
    }
    int rows = text.matches("[0-9]{1,4}") ? Integer.parseInt(text) : -1;
    if (rows < MIN_ROWS || rows > EngineLimits.MAX_ROWS) {
      throw new IllegalArgumentException("'%s'; allowed: %s".formatted(text, ALLOWED));
    }
    return new RowLimit(OptionalInt.of(rows));
  }
}
