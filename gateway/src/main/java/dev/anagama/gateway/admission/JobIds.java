package dev.anagama.gateway.admission;

import dev.anagama.contract.Identifiers;
import dev.anagama.gateway.errors.Refusal;
import dev.anagama.gateway.errors.RefusalException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.HexFormat;
import java.util.UUID;
import java.util.random.RandomGenerator;

/** Ids of jobs: made here, derived from an idempotency key, or the caller's. */
public final class JobIds {
  /** What is said to be allowed where an id is malformed. */
  public static final String ALLOWED =
      "1 to %d of letters, digits, '.', '_', '-', the first a letter or digit"
          .formatted(Identifiers.MAX_LENGTH);

  private static final int MAX_KEY_LENGTH = 255;
  private static final int KEY_DIGEST_BYTES = 20;

  private final Clock clock;
  private final RandomGenerator random;

  /** Ids by that clock and that source of randomness, which must be safe for many threads. */
  public JobIds(Clock clock, RandomGenerator random) {
    this.clock = clock;
    this.random = random;
  }

  /** A new UUID of version 7 (RFC 9562, section 5.7): it begins with the time in milliseconds. */
  public String next() {
    long time = clock.millis() << 16 | 0x7000 | random.nextLong() >>> 52;
    long tail = 0x8000_0000_0000_0000L | random.nextLong() >>> 2;
    return new UUID(time, tail).toString();
  }

  /**
   * The id of the job that belongs to an idempotency key, so that a retry names the same job.
   *
   * @throws RefusalException if the key is empty, too long or not printable ASCII
   */
  public static String ofIdempotencyKey(String key) {
    if (key.isEmpty()
        || key.length() > MAX_KEY_LENGTH
        || !key.chars().allMatch(c -> c >= 0x20 && c < 0x7f)) {
      throw new RefusalException(
          Refusal.Invalid.field(
              "Idempotency-Key",
              key,
              "1 to %d printable ASCII characters".formatted(MAX_KEY_LENGTH)));
    }
    return "key-" + HexFormat.of().formatHex(sha256(key), 0, KEY_DIGEST_BYTES);
  }

  /**
   * Returns {@code id} if it is well-formed.
   *
   * @throws RefusalException if it is not
   */
  public static String requireWellFormed(String id) {
    if (!Identifiers.ID.matcher(id).matches()) {
      throw new RefusalException(Refusal.Invalid.field("id", id, ALLOWED));
    }
    return id;
  }

  /**
   * The seed of a job whose caller gave none, 0 to 2^53 - 1. It follows from the id, so that a job
   * that is sent again after a lost answer is the same job to the last bit.
   */
  static long seed(String id) {
    return ByteBuffer.wrap(sha256("seed of " + id)).getLong() >>> 11;
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
