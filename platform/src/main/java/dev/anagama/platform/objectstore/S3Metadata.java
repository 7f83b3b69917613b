package dev.anagama.platform.objectstore;

import java.util.Map;
import java.util.Optional;

/**
 * What is kept beside an object's bytes, as user metadata, since every server keeps that.
 *
 * @param sha256 SHA-256 of the bytes, 64 lower-case hexadecimal digits
 * @param writer names the call that stored it
 */
record S3Metadata(String sha256, String writer) {
  private static final String SHA256 = "anagama-sha256";
  private static final String WRITER = "anagama-writer";

  Map<String, String> asMap() {
    return Map.of(SHA256, sha256, WRITER, writer);
  }

  /** The digest; empty for objects that others have put there. */
  static Optional<String> sha256(Map<String, String> metadata) {
    return Optional.ofNullable(metadata.get(SHA256)).filter(hex -> hex.matches("[0-9a-f]{64}"));
  }

  /** Whether the call of this name stored it. */
  static boolean isWrittenBy(String writer, Map<String, String> metadata) {
    return writer.equals(metadata.get(WRITER));
  }
}
