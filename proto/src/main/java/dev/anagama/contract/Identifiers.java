package dev.anagama.contract;

import java.util.regex.Pattern;

/** The form of the names that travel in keys, topics and paths; none can leave its folder. */
public final class Identifiers {
  /** Longest id or name, in characters. */
  public static final int MAX_LENGTH = 64;

  /** What an id looks like: job ids and checkpoint versions. */
  public static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  /** What a name looks like: models and tenants. */
  public static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

  private Identifiers() {}

  /**
   * Returns {@code value} if it is a well-formed id.
   *
   * @throws IllegalArgumentException naming the field, the value and what is allowed
   */
  public static String requireId(String field, String value) {
    return require(field, value, ID, "letters, digits, '.', '_', '-'");
  }

  /**
   * Returns {@code value} if it is a well-formed name.
   *
   * @throws IllegalArgumentException naming the field, the value and what is allowed
   */
  public static String requireName(String field, String value) {
    return require(field, value, NAME, "lower-case letters, digits, '.', '_', '-'");
  }

  private static String require(String field, String value, Pattern form, String allowed) {
    if (!form.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "%s is '%s'; allowed: 1 to %d of %s, the first a letter or digit"
              .formatted(field, abbreviated(value), MAX_LENGTH, allowed));
    }
    return value;
  }

  private static String abbreviated(String value) {
    return value.length() <= MAX_LENGTH ? value : value.substring(0, MAX_LENGTH) + "...";
  }
}
