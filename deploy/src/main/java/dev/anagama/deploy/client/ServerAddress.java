package dev.anagama.deploy.client;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a gateway takes gRPC calls.
 *
 * @param host name or address; IPv6 without brackets
 * @param port 1 to 65535
 */
public record ServerAddress(String host, int port) {
  private static final Pattern FORM = Pattern.compile("(\\[[0-9A-Fa-f:.%]+]|[^\\s:]+):(\\d{1,5})");

  private static final int MAX_PORT = 65_535;

  /** Refuses what can not be an address. */
  public ServerAddress {
    if (host.isEmpty() || port < 1 || port > MAX_PORT) {
      throw malformed(host + ":" + port);
    }
  }

  /**
   * Reads {@code host:port} or {@code [IPv6]:port}.
   *
   * @throws IllegalArgumentException saying what is allowed
   */
  public static ServerAddress parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw malformed(text);
    }
    String host = matcher.group(1).replaceAll("[\\[\\]]", "");
    return new ServerAddress(host, Integer.parseInt(matcher.group(2)));
  }

  /** The form that {@link #parse} reads. */
  @Override
  public String toString() {
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
  }

  private static IllegalArgumentException malformed(String text) {
    return new IllegalArgumentException(
        "server is '%s'; allowed: host:port with a port from 1 to 65535".formatted(text));
  }
}
