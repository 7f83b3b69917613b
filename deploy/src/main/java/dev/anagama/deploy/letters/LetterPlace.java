package dev.anagama.deploy.letters;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a dead letter stands, which is its name: {@code partition:offset}.
 *
 * @param partition of the dead-letter topic, from 0
 * @param offset in the partition, from 0
 */
public record LetterPlace(int partition, long offset) {
  private static final Pattern FORM = Pattern.compile("(\\d{1,4}):(\\d{1,18})");

  /**
   * Reads a place.
   *
   * @throws IllegalArgumentException if the text has another form
   */
  public static LetterPlace parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'%s'; allowed: PARTITION:OFFSET as dead-letters list shows it, such as 0:17"
              .formatted(text));
    }
    return new LetterPlace(Integer.parseInt(matcher.group(1)), Long.parseLong(matcher.group(2)));
  }

  @Override
  public String toString() {
    return partition + ":" + offset;
  }
}
