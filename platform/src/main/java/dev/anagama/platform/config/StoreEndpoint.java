package dev.anagama.platform.config;

import java.net.URI;

/**
 * Where a server of the S3 protocol is.
 *
 * @param uri scheme, host and perhaps a port, nothing else
 */
public record StoreEndpoint(URI uri) {
  /** What {@link #of} takes. */
  static final String ALLOWED = "https://host, https://host:port, or the same with http";

  /**
   * Reads it.
   *
   * @throws IllegalArgumentException if it is not {@link #ALLOWED}
   */
  public static StoreEndpoint of(String text) {
    URI uri = URI.create(text);
    boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
    boolean bare = uri.getRawPath() == null || uri.getRawPath().matches("/?");
    boolean plain =
        uri.getRawQuery() == null && uri.getRawFragment() == null && uri.getRawUserInfo() == null;
    if (!web || uri.getHost() == null || !bare || !plain) {
      throw new IllegalArgumentException("'%s'; allowed: %s".formatted(text, ALLOWED));
    }
    return new StoreEndpoint(uri);
  }
}
