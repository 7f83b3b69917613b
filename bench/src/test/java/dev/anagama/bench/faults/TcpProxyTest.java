package dev.anagama.bench.faults;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.anagama.bench.faults.TcpProxy.Direction;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class TcpProxyTest {
  private static final int SHORT_MILLIS = 200;

  private Listening echo;
  private TcpProxy proxy;

  @BeforeEach
  void start() {
    echo =
        new Listening(
            "echo", client -> client.getInputStream().transferTo(client.getOutputStream()));
    echo.begin();
    proxy = TcpProxy.start("test", echo.port());
  }

  @AfterEach
  void stop() {
    proxy.close();
    echo.close();
  }

  @Test
  void pass_forwardsBothWaysToTheEnd() throws IOException {
    try (Socket client = connect()) {
      client.getOutputStream().write("word".getBytes(US_ASCII));
      client.shutdownOutput();

      assertThat(client.getInputStream().readAllBytes()).isEqualTo("word".getBytes(US_ASCII));
    }
  }

  @Test
  void hold_keepsBytesUntilItIsOver() throws IOException {
    try (Socket client = connect()) {
      proxy.hold(Direction.TO_CLIENT);
      client.getOutputStream().write('a');
      client.setSoTimeout(SHORT_MILLIS);
      assertThatExceptionOfType(SocketTimeoutException.class)
          .isThrownBy(() -> client.getInputStream().read());

      client.setSoTimeout(0);
      proxy.restore();

      assertThat(client.getInputStream().read()).isEqualTo('a');
    }
  }

  @Test
  void delay_comesLater() throws IOException {
    try (Socket client = connect()) {
      proxy.delay(Direction.TO_TARGET, SHORT_MILLIS);
      long startNanos = System.nanoTime();
      client.getOutputStream().write('a');

      assertThat(client.getInputStream().read()).isEqualTo('a');
      assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos))
          .isGreaterThanOrEqualTo(SHORT_MILLIS);
    }
  }

  @Test
  void cut_isAnOrderlyEnd() throws IOException {
    try (Socket client = connect()) {
      client.getOutputStream().write('a');
      assertThat(client.getInputStream().read()).isEqualTo('a');

      proxy.cut();

      assertThat(client.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void reset_isAnError() throws IOException {
    try (Socket client = connect()) {
      client.getOutputStream().write('a');
      assertThat(client.getInputStream().read()).isEqualTo('a');

      proxy.reset();

      assertThatExceptionOfType(SocketException.class)
          .isThrownBy(() -> client.getInputStream().read());
    }
  }

  @Test
  void refuse_newConnectionsUntilItIsOver() throws IOException {
    proxy.refuse();
    try (Socket client = connect()) {
      assertThatExceptionOfType(SocketException.class)
          .isThrownBy(() -> client.getInputStream().read());
    }

    proxy.restore();

    try (Socket client = connect()) {
      client.getOutputStream().write('a');
      assertThat(client.getInputStream().read()).isEqualTo('a');
    }
  }

  private Socket connect() throws IOException {
    return new Socket(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), proxy.port());
  }
}
