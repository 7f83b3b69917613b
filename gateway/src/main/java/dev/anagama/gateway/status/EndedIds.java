package dev.anagama.gateway.status;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.Set;

/**
 * Remembers which jobs ended and left the table, so that a late or repeated record does not bring
 * one back as if it were queued. It keeps 64 bits of each id, for at least the last
 * {@code capacity} and at most twice as many; owned by one lock of its user.
 */
final class EndedIds {
  private final int capacity;
  private Set<Long> recent = new HashSet<>();
  private Set<Long> older = new HashSet<>();

  EndedIds(int capacity) {
    this.capacity = capacity;
  }

  void add(String id) {
    if (recent.size() >= capacity) {
      older = recent;
      recent = new HashSet<>();
    }
    recent.add(fingerprint(id));
  }

  boolean contains(String id) {
    if (recent.isEmpty() && older.isEmpty()) {
      return false;
    }
    long fingerprint = fingerprint(id);
    return recent.contains(fingerprint) || older.contains(fingerprint);
  }

  void remove(String id) {
    long fingerprint = fingerprint(id);
    recent.remove(fingerprint);
    older.remove(fingerprint);
  }

  /** Cryptographic, because callers choose ids. */
  private static long fingerprint(String id) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8));
      return ByteBuffer.wrap(digest).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
