package dev.anagama.platform.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Which object store is meant.
 *
 * @param uri as it is written
 * @param place what it names
 */
public record StoreUri(URI uri, Place place) {
  /** What {@link #of} takes. */
  static final String ALLOWED = "file:///an/absolute/folder, s3://bucket or s3://bucket/prefix";

  // S3's rules, and the capitals and underscores of old buckets and of other servers.
  private static final Pattern BUCKET =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]");

  private static final Pattern PREFIX = Pattern.compile("(?:[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}/)*");

  /** Longest prefix, in characters; the rest of S3's 1024 is for keys. */
  private static final int MAX_PREFIX = 256;

  /** Where objects are. */
  public sealed interface Place {}

  /**
   * Files under a folder.
   *
   * @param folder the folder
   */
  public record Files(Path folder) implements Place {}

  /**
   * A bucket of an S3 server.
   *
   * @param name the bucket's name
   * @param prefix what every key begins with: empty, or segments each ended by a slash
   */
  public record Bucket(String name, String prefix) implements Place {}

  /**
   * Reads it.
   *
   * @throws IllegalArgumentException if it is none of the forms that are allowed
   */
  public static StoreUri of(String text) {
    URI uri = URI.create(text);
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    return switch (scheme) {
      case "file" -> new StoreUri(uri, new Files(Path.of(uri)));
      case "s3" -> new StoreUri(uri, bucket(uri));
      default -> throw refused(uri);
    };
  }

  private static Bucket bucket(URI uri) {
    String path = uri.getRawPath() == null ? "" : uri.getRawPath();
    String prefix = path.isEmpty() || path.equals("/") ? "" : path.substring(1) + "/";
    if (prefix.endsWith("//")) {
      prefix = prefix.substring(0, prefix.length() - 1);
    }
    String name = uri.getRawAuthority();
    boolean good =
        name != null
            && BUCKET.matcher(name).matches()
            && PREFIX.matcher(prefix).matches()
            && prefix.length() <= MAX_PREFIX
            && uri.getRawQuery() == null
            && uri.getRawFragment() == null;
    if (!good) {
      throw refused(uri);
    }
    return new Bucket(name, prefix);
  }

  private static IllegalArgumentException refused(URI uri) {
    return new IllegalArgumentException(
        "object store is '%s'; allowed: %s".formatted(uri, ALLOWED));
  }
}
