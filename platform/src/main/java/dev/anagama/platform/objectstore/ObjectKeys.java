package dev.anagama.platform.objectstore;

import java.util.regex.Pattern;

/** The form of a key, the same for every back end; no well-formed key leaves the store's root. */
final class ObjectKeys {
  /** Longest key in characters, which is S3's limit. */
  static final int MAX_LENGTH = 1024;

  /** Longest segment in characters, which is the limit of the usual file systems. */
  static final int MAX_SEGMENT_LENGTH = 255;

  // A leading dot is refused as a whole: that covers "." and "..", and keeps names such as ".tmp"
  // free for the back end's own use.
  private static final Pattern SEGMENT = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}");

  private ObjectKeys() {}

  /**
   * Returns {@code key} if it is well formed.
   *
   * @throws IllegalArgumentException naming the key and what is allowed
   */
  static String require(String key) {
    if (!isWellFormed(key)) {
      throw malformed(key.length() > MAX_LENGTH ? key.substring(0, 64) + "..." : key);
    }
    return key;
  }

  /** Whether it has the form of a key; what others have put beside our objects may not. */
  static boolean isWellFormed(String key) {
    if (key.length() > MAX_LENGTH) {
      return false;
    }
    for (String segment : key.split("/", -1)) {
      if (!isSegment(segment)) {
        return false;
      }
    }
    return true;
  }

  /** Whether it has the form of the part of a key between slashes. */
  static boolean isSegment(String name) {
    return SEGMENT.matcher(name).matches();
  }

  private static IllegalArgumentException malformed(String shown) {
    return new IllegalArgumentException(
        "object key is '%s'; allowed: up to %d characters, segments of 1 to %d of [A-Za-z0-9._-]"
                .formatted(shown, MAX_LENGTH, MAX_SEGMENT_LENGTH)
            + " that do not begin with a dot, joined by '/'");
  }
}
