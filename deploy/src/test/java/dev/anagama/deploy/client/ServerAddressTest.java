package dev.anagama.deploy.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ServerAddressTest {
  @Test
  void parse_nameAndPort() {
    assertThat(ServerAddress.parse("example.org:9090"))
        .isEqualTo(new ServerAddress("example.org", 9090));
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:9090", "[::1]:1", "host:65535"})
  void toString_isWhatParseReads(String text) {
    assertThat(ServerAddress.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "host", "host:", ":1", "host:0", "host:65536", "host:x", "::1:1", "a b:1"})
  void parse_malformed(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ServerAddress.parse(text))
        .withMessageContaining("'" + text + "'")
        .withMessageContaining("allowed: host:port");
  }
}
