package dev.anagama.gateway.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.grpc.reflection.ReflectionService;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ServersTest {
  private static final int LONGEST_MILLIS = 120_000;

  /** Frame of type 4, settings: no flags, stream 0, nothing in it. */
  private static final byte[] EMPTY_SETTINGS = {0, 0, 0, 4, 0, 0, 0, 0, 0};

  private Vertx vertx;

  /** A caller who then says nothing more. */
  private enum Caller {
    SILENT,
    BEGUN,
    CONNECTED;

    byte[] says() throws IOException {
      byte[] preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
      ByteArrayOutputStream said = new ByteArrayOutputStream();
      if (this != SILENT) {
        said.write(preface, 0, this == BEGUN ? preface.length / 2 : preface.length);
      }
      if (this == CONNECTED) {
        said.write(EMPTY_SETTINGS);
      }
      return said.toByteArray();
    }
  }

  @BeforeEach
  void open() {
    vertx = Vertx.vertx();
  }

  @AfterEach
  void close() throws Exception {
    done(vertx.close());
  }

  @ParameterizedTest
  @EnumSource(Caller.class)
  void grpc_connectionOnWhichNothingHappens_isClosed(Caller caller) throws Exception {
    HttpServer server =
        done(
            Servers.grpc(
                vertx, Servers.options("127.0.0.1", 0, 1), List.of(ReflectionService.v1())));
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.actualPort())) {
      socket.setSoTimeout(LONGEST_MILLIS);
      socket.getOutputStream().write(caller.says());
      // Ends with the connection, or fails for lack of anything to read.
      byte[] answer = socket.getInputStream().readAllBytes();
      assertThat(answer.length > 0).isEqualTo(caller == Caller.CONNECTED);
    }
  }

  @Test
  void idleTimeout_isLongerThanAnyWaitForAJob() {
    assertThat(Servers.IDLE_TIMEOUT_SECONDS).isGreaterThan(JobReads.MAX_WAIT_SECONDS + 30);
  }

  private static <T> T done(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(2, TimeUnit.MINUTES);
  }
}
