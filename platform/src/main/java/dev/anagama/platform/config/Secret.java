package dev.anagama.platform.config;

/**
 * A value that is not shown: neither by {@link #toString} nor in a message about what is wrong.
 *
 * @param value the value, not empty
 */
public record Secret(String value) {
  /** Takes it as it is. */
  public static Secret of(String text) {
    return new Secret(text);
  }

  @Override
  public String toString() {
    return "***";
  }
}
