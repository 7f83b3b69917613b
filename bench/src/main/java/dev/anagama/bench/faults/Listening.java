package dev.anagama.bench.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A port on 127.0.0.1, the sockets that came of it, and the threads that serve them. At most
 * {@value #MAX_THREADS} threads at once; a connection for which there is none is reset.
 */
final class Listening implements AutoCloseable {
  /** Serves one connection, to its end. */
  interface Service {
    void serve(Socket client) throws IOException, InterruptedException;
  }

  private static final Logger log = LoggerFactory.getLogger(Listening.class);

  private static final int MAX_THREADS = 512;
  private static final int CONNECT_MILLIS = 2_000;
  private static final long CLOSE_SECONDS = 5;

  private final String name;
  private final ServerSocket server;
  private final Service service;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final ThreadPoolExecutor threads;
  private final Thread accepting;
  private volatile boolean refusing;
  private volatile boolean closed;

  /** Begins to listen at a free port. */
  Listening(String name, Service service) {
    this.name = name;
    this.service = service;
    AtomicInteger number = new AtomicInteger();
    this.threads =
        new ThreadPoolExecutor(
            0,
            MAX_THREADS,
            10,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> daemon(task, name + "-" + number.getAndIncrement()));
    try {
      this.server = new ServerSocket(0, 128, loopback());
    } catch (IOException e) {
      throw new UncheckedIOException("no port can be listened on", e);
    }
    this.accepting = daemon(this::accept, name + "-accept");
  }

  /** Takes connections from now on. */
  void begin() {
    accepting.start();
  }

  int port() {
    return server.getLocalPort();
  }

  /** Whether connections are reset as soon as they are made. */
  void refuse(boolean refuse) {
    refusing = refuse;
  }

  /** Connects to another port; the socket is this object's too. */
  Socket connect(int port) throws IOException {
    Socket socket = new Socket();
    sockets.add(socket);
    try {
      socket.connect(new InetSocketAddress(loopback(), port), CONNECT_MILLIS);
      socket.setTcpNoDelay(true);
      return socket;
    } catch (IOException e) {
      close(socket);
      throw e;
    }
  }

  /** Runs something that serves a connection too. */
  void also(Runnable task) {
    threads.execute(task);
  }

  /** Closes all connections; their ends read an orderly end. */
  void cut() {
    sockets.forEach(this::close);
  }

  /** Closes all connections; their ends meet an error. */
  void reset() {
    sockets.forEach(this::reset);
  }

  int connections() {
    return sockets.size();
  }

  void close(Socket socket) {
    sockets.remove(socket);
    try {
      socket.close();
    } catch (IOException e) {
      log.debug("{}: a socket was not closed in order: {}", name, e.toString());
    }
  }

  void reset(Socket socket) {
    try {
      // With no time to linger, closing sends a reset.
      socket.setSoLinger(true, 0);
    } catch (IOException e) {
      log.debug("{}: closed already: {}", name, e.toString());
    }
    close(socket);
  }

  /** Stops listening, closes all connections and waits for the threads. */
  @Override
  public void close() {
    closed = true;
    try {
      server.close();
    } catch (IOException e) {
      log.debug("{}: not closed in order: {}", name, e.toString());
    }
    cut();
    threads.shutdownNow();
    try {
      accepting.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
      cut();
      if (!threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        log.warn("{}: a connection is left behind", name);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void accept() {
    while (!closed) {
      try {
        Socket client = server.accept();
        sockets.add(client);
        if (refusing || closed) {
          reset(client);
        } else {
          begin(client);
        }
      } catch (IOException e) {
        if (!closed) {
          log.warn("{}: a connection was not served: {}", name, e.toString());
        }
      }
    }
  }

  private void begin(Socket client) throws IOException {
    client.setTcpNoDelay(true);
    try {
      threads.execute(() -> serve(client));
    } catch (RejectedExecutionException e) {
      log.warn("{}: more connections than {} threads can serve", name, MAX_THREADS);
      reset(client);
    }
  }

  private void serve(Socket client) {
    try {
      service.serve(client);
    } catch (IOException | RejectedExecutionException e) {
      log.debug("{}: a connection has ended: {}", name, e.toString());
    } catch (InterruptedException e) {
      log.debug("{}: closing", name);
    } finally {
      close(client);
    }
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  private static InetAddress loopback() throws IOException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
  }
}
