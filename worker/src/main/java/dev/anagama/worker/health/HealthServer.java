package dev.anagama.worker.health;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves {@code GET /healthz} and {@code GET /readyz} for probes and people.
 *
 * <p>A caller may take {@value #MAX_SECONDS} s to send its request and as long to read the answer;
 * {@value #MAX_CONNECTIONS} may be connected. So callers who are slow, or mean ill, hold up a probe
 * for a few seconds at most.
 */
public final class HealthServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HealthServer.class);

  private static final int BACKLOG = 16;
  private static final int MAX_SECONDS = 2;
  private static final int MAX_CONNECTIONS = 64;

  /** More than one, so that a caller who is slow does not hold up a probe. */
  private static final int THREADS = 4;

  static {
    // The JDK's server can be told in no other way, and asks when it is first used. Who starts the
    // process may set others.
    for (Map.Entry<String, Integer> bound :
        Map.of(
                "sun.net.httpserver.maxReqTime", MAX_SECONDS,
                "sun.net.httpserver.maxRspTime", MAX_SECONDS,
                "jdk.httpserver.maxConnections", MAX_CONNECTIONS)
            .entrySet()) {
      if (System.getProperty(bound.getKey()) == null) {
        System.setProperty(bound.getKey(), bound.getValue().toString());
      }
    }
  }

  private final HttpServer server;
  private final ExecutorService threads;

  /**
   * What is answered.
   *
   * @param good whether the status is 200; otherwise it is 503
   * @param json the body
   */
  public record Answer(boolean good, ObjectNode json) {}

  private HealthServer(HttpServer server, ExecutorService threads) {
    this.server = server;
    this.threads = threads;
  }

  /**
   * Begins to listen.
   *
   * @param port 0 for any free one
   * @param health answers {@code /healthz}; called by several threads
   * @param readiness answers {@code /readyz}; called by several threads
   * @throws IllegalArgumentException if it can not listen there
   */
  public static HealthServer start(
      String host, int port, Supplier<Answer> health, Supplier<Answer> readiness) {
    HttpServer server;
    try {
      server = HttpServer.create(new InetSocketAddress(host, port), BACKLOG);
    } catch (IOException | RuntimeException e) {
      throw new IllegalArgumentException(
          "anagama.worker.health-port is %d; nothing can listen at %s:%d: %s"
              .formatted(port, host, port, e.getMessage()),
          e);
    }
    ExecutorService threads =
        Executors.newFixedThreadPool(
            THREADS,
            task -> {
              Thread thread = new Thread(task, "anagama-health");
              thread.setDaemon(true);
              return thread;
            });
    server.setExecutor(threads);
    server.createContext(
        "/", exchange -> write(exchange, 404, "{\"allowed\": \"/healthz, /readyz\"}"));
    server.createContext("/healthz", exchange -> answer(exchange, "/healthz", health));
    server.createContext("/readyz", exchange -> answer(exchange, "/readyz", readiness));
    server.start();
    return new HealthServer(server, threads);
  }

  /** Where it listens. */
  public int port() {
    return server.getAddress().getPort();
  }

  /** Stops at once. */
  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  private static void answer(HttpExchange exchange, String path, Supplier<Answer> supplier)
      throws IOException {
    if (!exchange.getRequestURI().getPath().equals(path)) {
      write(exchange, 404, "{\"allowed\": \"/healthz, /readyz\"}");
      return;
    }
    if (!Set.of("GET", "HEAD").contains(exchange.getRequestMethod())) {
      exchange.getResponseHeaders().set("Allow", "GET, HEAD");
      write(exchange, 405, "{\"allowed\": \"GET, HEAD\"}");
      return;
    }
    try {
      Answer answer = supplier.get();
      write(exchange, answer.good() ? 200 : 503, answer.json().toPrettyString());
    } catch (RuntimeException e) {
      log.error("{} could not be answered", path, e);
      write(exchange, 500, "{}");
    }
  }

  private static void write(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = (body + "\n").getBytes(StandardCharsets.UTF_8);
    try (exchange) {
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.getResponseHeaders().set("Cache-Control", "no-store");
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.sendResponseHeaders(status, -1);
      } else {
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
      }
    }
  }
}
