package dev.anagama.platform.broker;

/**
 * A further port of the broker, for clients who reach it through something that forwards. A client
 * is told after its first word where to connect from then on; one that came in by a door is told
 * the forwarder's port, and so never goes around it.
 *
 * @param port where the broker listens, 1 to 65535
 * @param forwarderPort where its clients connect, 1 to 65535, on 127.0.0.1 like everything here
 */
public record Door(int port, int forwarderPort) {
  /** Refuses what is no port. */
  public Door {
    require("port", port);
    require("forwarderPort", forwarderPort);
  }

  private static void require(String field, int port) {
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException("%s is %d; allowed: 1 to 65535".formatted(field, port));
    }
  }
}
