package dev.anagama.deploy.letters;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Ids of jobs that are sent again. */
final class ReplayIds {
  private static final String MARK = "-replay-";
  private static final int DIGEST_BYTES = 8;

  /** So much of the old id is kept that the new one has at most 64 characters. */
  private static final int STEM_LENGTH = 40;

  private static final Pattern REPLAYED =
      Pattern.compile("(.+)%s[0-9a-f]{%d}".formatted(MARK, 2 * DIGEST_BYTES));

  private ReplayIds() {}

  /**
   * An id that follows from the old id and the letter: its place, and when Kafka wrote it, so that
   * a topic that was made anew gives others. A job that is replayed more than once, letter after
   * letter, keeps its first id in front.
   */
  static String of(String oldId, DeadLetter.Summary letter) {
    Matcher replayed = REPLAYED.matcher(oldId);
    String stem = replayed.matches() ? replayed.group(1) : oldId;
    byte[] digest =
        sha256("%s %s %d".formatted(oldId, letter.place(), letter.recordedAt().toEpochMilli()));
    return stem.substring(0, Math.min(stem.length(), STEM_LENGTH))
        + MARK
        + HexFormat.of().formatHex(digest, 0, DIGEST_BYTES);
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
