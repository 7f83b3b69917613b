package dev.anagama.platform.config;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.ConfigMappingInterface.Property;
import io.smallrye.config.ConfigMappings;
import io.smallrye.config.ConfigMappings.ConfigClass;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The keys that a mapping knows.
 *
 * @param scalars keys with one value each, by name
 * @param maps prefixes, each ending in a dot, under which any key may stand
 */
record KnownKeys(List<Scalar> scalars, List<String> maps) {
  /**
   * Every section that some role has. A role leaves alone what is in another's section, so that one
   * file can serve all; a section that is nobody's is an error.
   */
  private static final Set<String> SECTIONS =
      Set.of("gateway", "kafka", "results", "store", "worker");

  static KnownKeys of(Class<?> mapping) {
    List<Scalar> scalars = new ArrayList<>();
    List<String> maps = new ArrayList<>();
    Map<String, Property> properties =
        ConfigMappings.getProperties(ConfigClass.configClass(mapping));
    properties.forEach(
        (key, property) -> {
          requirePlace(mapping, key, property);
          if (property.isMap()) {
            maps.add(key.substring(0, key.length() - 1));
          } else if (!key.endsWith("]")) { // The form names[0] is not for writing by hand.
            scalars.add(Scalar.of(key, property));
          }
        });
    scalars.sort(Comparator.comparing(Scalar::key));
    return new KnownKeys(List.copyOf(scalars), List.copyOf(maps));
  }

  /** Says what is wrong with a key that someone wrote; empty when nothing is. */
  Optional<String> problemOfKey(String key) {
    boolean known =
        scalars.stream().anyMatch(s -> s.key().equals(key))
            || maps.stream().anyMatch(m -> key.startsWith(m) && key.length() > m.length());
    if (known || othersSection(key)) {
      return Optional.empty();
    }
    // The value is not shown: under a mistyped key it may well be a password.
    return Optional.of(
        "%s is unknown; allowed: %s"
            .formatted(
                key,
                nearest(key).map(k -> k + " (the nearest)").orElseGet(() -> sections() + ".*")));
  }

  private boolean othersSection(String key) {
    String[] parts = key.split("\\.", 3);
    return parts.length == 3
        && parts[0].equals(Settings.ROOT)
        && SECTIONS.contains(parts[1])
        && !ownSections().contains(parts[1]);
  }

  private Set<String> ownSections() {
    Set<String> own = new TreeSet<>();
    scalars.forEach(s -> own.add(s.key().split("\\.", 3)[1]));
    maps.forEach(m -> own.add(m.split("\\.", 3)[1]));
    return own;
  }

  private String sections() {
    return Settings.ROOT + "." + String.join(".*, " + Settings.ROOT + ".", ownSections());
  }

  /** The known key that takes the fewest edits, if those are fewer than a third of the key. */
  private Optional<String> nearest(String key) {
    return scalars.stream()
        .map(Scalar::key)
        .min(Comparator.comparingInt(known -> edits(key, known)))
        .filter(known -> edits(key, known) * 3 < key.length());
  }

  /** Levenshtein's distance: insertions, deletions and replacements of one character. */
  private static int edits(String a, String b) {
    int[] above = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      above[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = above[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, 1 + Math.min(above[j], row[j - 1]));
      }
      above = row;
    }
    return above[b.length()];
  }

  /** A nested mapping keeps the keys that it names for itself, whichever role nests it. */
  private static void requirePlace(Class<?> mapping, String key, Property property) {
    ConfigMapping own = property.getMethod().getDeclaringClass().getAnnotation(ConfigMapping.class);
    if (own != null && !key.startsWith(own.prefix() + ".")) {
      throw new IllegalArgumentException(
          "%s puts %s at %s; its place is %s.*: give the outer mapping the prefix '%s'"
              .formatted(
                  mapping.getSimpleName(),
                  property.getMethod().getDeclaringClass().getSimpleName(),
                  key,
                  own.prefix(),
                  Settings.ROOT));
    }
  }
}
