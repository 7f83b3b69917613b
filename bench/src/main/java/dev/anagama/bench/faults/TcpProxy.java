package dev.anagama.bench.faults;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/**
 * Forwards bytes between a port of its own and another one, both on 127.0.0.1, and does harm when
 * told to. What it holds back is not lost: it arrives when the line is opened again, also from a
 * sender that is dead by then.
 */
public final class TcpProxy implements AutoCloseable {
  /** Which way bytes go. */
  public enum Direction {
    /** From who connects to who listens. */
    TO_TARGET,
    /** Back. */
    TO_CLIENT
  }

  private static final int PIECE_BYTES = 64 * 1024;

  private final int targetPort;
  private final Map<Direction, Valve> valves = new EnumMap<>(Direction.class);
  private final Listening listening;

  private TcpProxy(String name, int targetPort) {
    this.targetPort = targetPort;
    for (Direction direction : Direction.values()) {
      valves.put(direction, new Valve());
    }
    this.listening = new Listening("anagama-proxy-" + name, this::serve);
  }

  /**
   * Starts to forward.
   *
   * @param name names its threads
   * @param targetPort where to; nobody need listen there yet
   */
  public static TcpProxy start(String name, int targetPort) {
    TcpProxy proxy = new TcpProxy(name, targetPort);
    proxy.listening.begin();
    return proxy;
  }

  /** Where clients connect. */
  public int port() {
    return listening.port();
  }

  /** Connections with their other halves, as sockets. */
  public int sockets() {
    return listening.connections();
  }

  /** Keeps connections and bytes, and forwards nothing in that direction. */
  public void hold(Direction direction) {
    valve(direction).shut();
  }

  /** Holds both directions. */
  public void hold() {
    valves.values().forEach(Valve::shut);
  }

  /**
   * Forwards each piece of up to {@value #PIECE_BYTES} bytes so much later.
   *
   * @param millis at least 1
   */
  public void delay(Direction direction, long millis) {
    valve(direction).slow(millis);
  }

  /** Closes every connection in order; new ones are taken. */
  public void cut() {
    listening.cut();
  }

  /** Breaks every connection off; new ones are taken. */
  public void reset() {
    listening.reset();
  }

  /** Takes no new connections; those that are there stay. */
  public void refuse() {
    listening.refuse(true);
  }

  /** Ends all harm: what was held goes on. */
  public void restore() {
    listening.refuse(false);
    valves.values().forEach(Valve::open);
  }

  @Override
  public void close() {
    valves.values().forEach(Valve::close);
    listening.close();
  }

  private Valve valve(Direction direction) {
    Valve valve = valves.get(direction);
    if (valve == null) {
      throw new IllegalStateException("there is a valve for each direction");
    }
    return valve;
  }

  private void serve(Socket client) throws IOException, InterruptedException {
    Socket target = listening.connect(targetPort);
    CountDownLatch answered = new CountDownLatch(1);
    try {
      listening.also(
          () -> {
            pump(target, client, valve(Direction.TO_CLIENT));
            answered.countDown();
          });
      pump(client, target, valve(Direction.TO_TARGET));
      answered.await();
    } finally {
      listening.close(target);
    }
  }

  /** One direction, until its end; then the other side reads that end. */
  private void pump(Socket from, Socket to, Valve valve) {
    byte[] piece = new byte[PIECE_BYTES];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
        if (!valve.pass()) {
          return;
        }
        out.write(piece, 0, read);
      }
      if (valve.pass()) {
        to.shutdownOutput();
      }
    } catch (IOException e) {
      // Whichever side broke off, the other one must not wait.
      listening.reset(from);
      listening.reset(to);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
