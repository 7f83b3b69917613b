package dev.anagama.bench.faults;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ports for processes that come and go. They lie below those that the system gives to outgoing
 * connections, so that nobody takes one while its process is down.
 */
final class Ports {
  private static final Logger log = LoggerFactory.getLogger(Ports.class);

  private static final int LOWEST = 20_000;
  private static final int HIGHEST = 32_000;
  private static final int TRIES = 100;

  private final RandomGenerator random;
  private final Set<Integer> given = new HashSet<>();

  Ports(RandomGenerator random) {
    this.random = random;
  }

  /** One that nobody listens at and that was not given before. */
  int next() {
    for (int i = 0; i < TRIES; i++) {
      int port = random.nextInt(LOWEST, HIGHEST);
      if (!given.contains(port) && free(port)) {
        given.add(port);
        return port;
      }
    }
    throw new IllegalStateException(
        "%d ports between %d and %d are in use".formatted(TRIES, LOWEST, HIGHEST));
  }

  private static boolean free(int port) {
    try (ServerSocket socket =
        new ServerSocket(port, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
      return socket.isBound();
    } catch (IOException e) {
      log.debug("port {}: {}", port, e.toString());
      return false;
    }
  }
}
