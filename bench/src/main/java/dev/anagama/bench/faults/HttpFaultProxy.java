package dev.anagama.bench.faults;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Stands before an object store that speaks HTTP/1.1 and does harm to single requests. What it
 * forwards it forwards byte for byte, the {@code Host} header with it, which is part of what is
 * signed; the store is asked over a connection of its own for each request.
 */
public final class HttpFaultProxy implements AutoCloseable {
  private final int targetPort;
  private final Listening listening;
  private final Set<Gate> gates = ConcurrentHashMap.newKeySet();
  private final AtomicInteger inHand = new AtomicInteger();
  private volatile Function<StoreCall, StoreFault> harm = HttpFaultProxy::none;

  private HttpFaultProxy(String name, int targetPort) {
    this.targetPort = targetPort;
    this.listening = new Listening("anagama-store-proxy-" + name, this::serve);
  }

  /**
   * Starts to forward.
   *
   * @param name names its threads
   * @param targetPort where the store listens
   */
  public static HttpFaultProxy start(String name, int targetPort) {
    HttpFaultProxy proxy = new HttpFaultProxy(name, targetPort);
    proxy.listening.begin();
    return proxy;
  }

  /** Where clients connect. */
  public int port() {
    return listening.port();
  }

  /** Does this to requests from now on; called for each request, by several threads. */
  public void harm(Function<StoreCall, StoreFault> newHarm) {
    harm = newHarm;
  }

  /**
   * Waits until it has no request in its hands: what was held up has come to the store.
   *
   * @throws TimeoutException if it has for longer
   */
  public void awaitQuiet(Duration longest) throws InterruptedException, TimeoutException {
    Waiting.until("the store's proxy to be quiet", longest, () -> inHand.get() == 0);
  }

  /** Takes no new connections and breaks off those that are there. */
  public void refuse() {
    listening.refuse(true);
    listening.reset();
  }

  /** Ends all harm: gates open. */
  public void restore() {
    listening.refuse(false);
    harm = HttpFaultProxy::none;
    gates.forEach(Gate::open);
    gates.clear();
  }

  @Override
  public void close() {
    restore();
    listening.close();
  }

  private void serve(Socket client) throws IOException, InterruptedException {
    InputStream in = new BufferedInputStream(client.getInputStream());
    OutputStream out = client.getOutputStream();
    for (Optional<HttpMessage> head = HttpMessage.readHead(in);
        head.isPresent();
        head = HttpMessage.readHead(in)) {
      if (head.get().expectsContinue()) {
        out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      }
      HttpMessage request = head.get().withBody(in);
      inHand.incrementAndGet();
      try {
        if (!serve(request, out) || request.last()) {
          return;
        }
      } finally {
        inHand.decrementAndGet();
      }
    }
  }

  /** Returns whether the connection goes on. */
  private boolean serve(HttpMessage request, OutputStream out)
      throws IOException, InterruptedException {
    StoreCall call = new StoreCall(request.firstLine().get(0), request.firstLine().get(1));
    StoreFault fault = harm.apply(call);
    if (fault instanceof StoreFault.Refused refused) {
      refuse(out, refused.status());
      return true;
    } else if (fault instanceof StoreFault.Unanswered unanswered) {
      pass(unanswered.gate(), call);
      return false;
    } else if (fault instanceof StoreFault.Held held) {
      pass(held.gate(), call);
    } else if (fault instanceof StoreFault.Late late) {
      Thread.sleep(late.millis());
    }
    HttpMessage answer = ask(request, call.method());
    if (fault instanceof StoreFault.AnswerDropped) {
      return false;
    } else if (fault instanceof StoreFault.AnswerHeld held) {
      pass(held.gate(), call);
    }
    boolean half = fault instanceof StoreFault.HalfAnswered && answer.body().length > 0;
    out.write(answer.head());
    out.write(half ? Arrays.copyOf(answer.body(), answer.body().length / 2) : answer.body());
    out.flush();
    return !half && !answer.last() && answer.framed();
  }

  private static StoreFault none(StoreCall call) {
    return StoreFault.NONE;
  }

  private void pass(Gate gate, StoreCall call) throws InterruptedException {
    gates.add(gate);
    gate.pass(call);
  }

  private HttpMessage ask(HttpMessage request, String method) throws IOException {
    Socket target = listening.connect(targetPort);
    try {
      OutputStream out = target.getOutputStream();
      out.write(request.head());
      out.write(request.body());
      out.flush();
      InputStream in = new BufferedInputStream(target.getInputStream());
      HttpMessage answer = answerHead(in);
      while (answer.status() < 200) {
        // The word to go on: the body is there already, and the client has had that word from us.
        answer = answerHead(in);
      }
      return answer.withAnswer(in, method);
    } finally {
      listening.close(target);
    }
  }

  private static HttpMessage answerHead(InputStream in) throws IOException {
    return HttpMessage.readHead(in)
        .orElseThrow(() -> new IOException("the store ended the connection without an answer"));
  }

  private static void refuse(OutputStream out, int status) throws IOException {
    String body =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>%s</Code><Message>out of order"
                .formatted(status == 503 ? "SlowDown" : "InternalError")
            + "</Message></Error>";
    String head =
        "HTTP/1.1 %d Out of order\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n"
            .formatted(status, body.length());
    out.write((head + body).getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }
}
