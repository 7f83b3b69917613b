package dev.anagama.platform.objectstore;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Stands between a client and a server and does to each request what the next fault says. Every
 * connection carries one request, so that a fault hits the request that it is meant for.
 */
final class FaultyProxy implements AutoCloseable {
  /** What happens to a request. */
  enum Fault {
    /** Nothing: it is answered. */
    NONE,
    /** It is done, and the connection breaks before the answer. */
    ANSWER_LOST,
    /** It is done, and nothing comes back. */
    ANSWER_HANGS,
    /** It never arrives; the connection breaks. */
    REQUEST_LOST,
    /** It never arrives; the server says 500. */
    STATUS_500,
    /** It never arrives; the server asks to slow down. */
    STATUS_503,
    /** It is done, and half of the answer's body arrives. */
    HALF_BODY,
    /** It is done, and a byte of the answer's body is another. */
    WRONG_BYTE
  }

  private final ServerSocket listening;
  private final URI server;
  private final Set<Socket> sockets = Collections.synchronizedSet(new HashSet<>());
  private final ConcurrentLinkedQueue<Fault> faults = new ConcurrentLinkedQueue<>();
  private final List<String> seen = Collections.synchronizedList(new ArrayList<>());

  /** Listens on loopback. */
  FaultyProxy(URI server) throws IOException {
    this.server = server;
    this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + listening.getLocalPort());
  }

  /** The next requests meet these, one each; those after them nothing. */
  void next(Fault... coming) {
    seen.clear();
    faults.clear();
    faults.addAll(List.of(coming));
  }

  /** The methods of the requests that came since {@link #next}. */
  List<String> seen() {
    return List.copyOf(seen);
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (Socket socket : Set.copyOf(sockets)) {
      socket.close();
    }
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket client = listening.accept();
        sockets.add(client);
        start(() -> serve(client));
      } catch (IOException e) {
        return; // Closed.
      }
    }
  }

  private void serve(Socket client) {
    try (client;
        Socket upstream = new Socket(server.getHost(), server.getPort())) {
      sockets.add(upstream);
      byte[] request = message(client.getInputStream());
      if (request.length == 0) {
        return;
      }
      seen.add(new String(request, StandardCharsets.ISO_8859_1).split(" ", 2)[0]);
      Fault fault = faults.isEmpty() ? Fault.NONE : faults.remove();
      OutputStream out = client.getOutputStream();
      switch (fault) {
        case REQUEST_LOST -> {}
        case STATUS_500 -> out.write(status("500 Internal Server Error", "InternalError"));
        case STATUS_503 -> out.write(status("503 Slow Down", "SlowDown"));
        case NONE, ANSWER_LOST, ANSWER_HANGS, HALF_BODY, WRONG_BYTE -> {
          upstream.getOutputStream().write(request);
          byte[] answer = answer(upstream.getInputStream(), seen.get(seen.size() - 1));
          give(out, answer, fault, client);
        }
      }
      out.flush();
    } catch (IOException e) {
      // One side has gone; so does the other.
    }
  }

  private static void give(OutputStream out, byte[] answer, Fault fault, Socket client)
      throws IOException {
    switch (fault) {
      case ANSWER_LOST -> {}
      case ANSWER_HANGS -> {
        // Until the client gives up.
        int unused = client.getInputStream().read();
      }
      case HALF_BODY -> {
        int head = headLength(answer);
        out.write(answer, 0, head + (answer.length - head) / 2);
      }
      case WRONG_BYTE -> {
        answer[answer.length - 1] ^= 1;
        out.write(answer);
      }
      default -> out.write(answer);
    }
  }

  /** A whole request; its length is in its head. Nobody is asked to keep a connection. */
  private static byte[] message(InputStream in) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] head = head(in);
    String text = new String(head, StandardCharsets.ISO_8859_1);
    bytes.writeBytes(
        text.replaceFirst("\r\n", "\r\nConnection: close\r\n")
            .replaceAll("(?i)\r\nconnection: keep-alive", "")
            .getBytes(StandardCharsets.ISO_8859_1));
    bytes.writeBytes(in.readNBytes(contentLength(text)));
    return head.length == 0 ? head : bytes.toByteArray();
  }

  /** A whole answer; the server closes behind it. */
  private static byte[] answer(InputStream in, String method) throws IOException {
    byte[] all = in.readAllBytes();
    if (all.length == 0) {
      throw new IOException("the server gave no answer to " + method);
    }
    return all;
  }

  private static byte[] head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    int end = 0;
    for (int one = in.read(); one >= 0; one = in.read()) {
      head.write(one);
      end = one == (end % 2 == 0 ? '\r' : '\n') ? end + 1 : one == '\r' ? 1 : 0;
      if (end == 4) {
        return head.toByteArray();
      }
    }
    return new byte[0];
  }

  private static int headLength(byte[] message) {
    return new String(message, StandardCharsets.ISO_8859_1).indexOf("\r\n\r\n") + 4;
  }

  private static int contentLength(String head) {
    for (String line : head.split("\r\n")) {
      if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        return Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
      }
    }
    return 0;
  }

  private static byte[] status(String line, String code) {
    String body =
        "<Error><Code>%s</Code><Message>made for a test</Message></Error>".formatted(code);
    return ("HTTP/1.1 %s\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n"
                .formatted(line, body.length())
            + "Connection: close\r\n\r\n"
            + body)
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "faulty-proxy");
    thread.setDaemon(true);
    thread.start();
  }
}
