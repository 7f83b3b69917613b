package dev.anagama.gateway.api;

import java.util.Collection;

/** Finds what a misspelt name was meant to be. */
final class NearestName {
  private static final int MIN_PART_LENGTH = 4;
  private static final int MAX_LENGTH = 64;

  private NearestName() {}

  /** What to say of a name that is not among {@code known}. */
  static String noSuchField(String name, Collection<String> known) {
    String nearest = "";
    int least = Integer.MAX_VALUE;
    for (String candidate : known) {
      int distance = distance(name, candidate);
      if (distance < least) {
        least = distance;
        nearest = candidate;
      }
    }
    return least <= 1 + name.length() / 3
        ? "a known field; did you mean %s?".formatted(nearest)
        : "a known field: %s".formatted(String.join(", ", known));
  }

  /**
   * Edits that make one name of the other (Levenshtein); 0 for part of a name, such as
   * {@code steps}; very long names are far from all.
   */
  private static int distance(String name, String known) {
    if (name.length() > MAX_LENGTH) {
      return Integer.MAX_VALUE;
    }
    if (name.length() >= MIN_PART_LENGTH && known.contains(name)) {
      return 0;
    }
    int[] row = new int[known.length() + 1];
    for (int j = 0; j <= known.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= name.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= known.length(); j++) {
        int substituted = diagonal + (name.charAt(i - 1) == known.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[known.length()];
  }
}
