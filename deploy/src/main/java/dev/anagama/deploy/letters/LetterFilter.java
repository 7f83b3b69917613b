package dev.anagama.deploy.letters;

import java.util.Locale;
import java.util.Optional;

/**
 * Which letters are meant.
 *
 * @param category kind of failure; empty: all
 * @param reasonPart text that the reason has, in whatever case; empty: all
 */
public record LetterFilter(Optional<String> category, Optional<String> reasonPart) {

  /** Whether the letter is one of them. */
  public boolean matches(DeadLetter.Summary letter) {
    LetterHeaders headers = letter.headers();
    return category
            .map(wanted -> headers.category().filter(wanted::equals).isPresent())
            .orElse(true)
        && reasonPart
            .map(part -> headers.reason().filter(r -> has(r, part)).isPresent())
            .orElse(true);
  }

  private static boolean has(String reason, String part) {
    return reason.toLowerCase(Locale.ROOT).contains(part.toLowerCase(Locale.ROOT));
  }
}
