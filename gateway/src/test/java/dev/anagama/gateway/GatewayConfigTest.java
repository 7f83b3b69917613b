package dev.anagama.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.anagama.gateway.api.ImageDelivery;
import dev.anagama.platform.config.Retention;
import dev.anagama.platform.config.Settings;
import dev.anagama.platform.config.SettingsException;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GatewayConfigTest {
  private static final Map<String, String> LEAST =
      Map.of("anagama.store.uri", "file:///srv/anagama");

  @Test
  void defaults() {
    GatewayConfig.Service service = load(LEAST).gateway();

    assertThat(service.host()).isEqualTo("127.0.0.1");
    assertThat(service.httpPort()).isEqualTo(8080);
    assertThat(service.grpcPort()).isEqualTo(9090);
    assertThat(service.allowRemoteWithoutKeys()).isFalse();
    assertThat(service.defaultModel()).isEmpty();
    assertThat(service.submissionsLimit()).isEqualTo(1024);
    assertThat(service.storeReadsLimit()).isEqualTo(256);
    assertThat(service.waitersLimit()).isEqualTo(4096);
    assertThat(service.liveJobsLimit()).isEqualTo(100_000);
    assertThat(service.liveImagesLimit()).isEqualTo(1_000_000);
    assertThat(service.tenantLiveJobsLimit()).isEqualTo(100_000);
    assertThat(service.tenantLiveImagesLimit()).isEqualTo(1_000_000);
    assertThat(service.endedJobsKept()).isEqualTo(10_000);
    assertThat(service.imageLinks()).isEqualTo(ImageDelivery.PROXY);
    assertThat(load(LEAST).results().keep()).isEqualTo(Retention.of("7d"));
  }

  @Test
  void every_key_is_taken() {
    Map<String, String> values = new HashMap<>(LEAST);
    values.put("anagama.gateway.host", "::1");
    values.put("anagama.gateway.http-port", "1");
    values.put("anagama.gateway.grpc-port", "2");
    values.put("anagama.gateway.default-model", "fashion");
    values.put("anagama.gateway.submissions-limit", "3");
    values.put("anagama.gateway.store-reads-limit", "4");
    values.put("anagama.gateway.waiters-limit", "5");
    values.put("anagama.gateway.live-jobs-limit", "6");
    values.put("anagama.gateway.ended-jobs-kept", "7");
    values.put("anagama.gateway.live-images-limit", "64");
    values.put("anagama.gateway.tenant-live-jobs-limit", "8");
    values.put("anagama.gateway.tenant-live-images-limit", "65");
    values.put("anagama.gateway.allow-remote-without-keys", "true");
    values.put("anagama.gateway.image-links", "redirect");
    values.put("anagama.results.keep", "forever");
    values.put("anagama.kafka.bootstrap-servers", "kafka:9092");

    GatewayConfig config = load(values);

    GatewayConfig.Service service = config.gateway();
    assertThat(service.host()).isEqualTo("::1");
    assertThat(service.httpPort()).isEqualTo(1);
    assertThat(service.grpcPort()).isEqualTo(2);
    assertThat(service.defaultModel()).contains("fashion");
    assertThat(service.submissionsLimit()).isEqualTo(3);
    assertThat(service.storeReadsLimit()).isEqualTo(4);
    assertThat(service.waitersLimit()).isEqualTo(5);
    assertThat(service.liveJobsLimit()).isEqualTo(6);
    assertThat(service.endedJobsKept()).isEqualTo(7);
    assertThat(service.liveImagesLimit()).isEqualTo(64);
    assertThat(service.tenantLiveJobsLimit()).isEqualTo(8);
    assertThat(service.tenantLiveImagesLimit()).isEqualTo(65);
    assertThat(service.allowRemoteWithoutKeys()).isTrue();
    assertThat(service.imageLinks()).isEqualTo(ImageDelivery.REDIRECT);
    assertThat(config.results().keep()).isEqualTo(Retention.FOREVER);
    assertThat(config.kafka().bootstrapServers()).isEqualTo("kafka:9092");
    assertThat(config.store().uri().uri()).hasToString("file:///srv/anagama");
  }

  @Test
  void address_that_others_can_reach_is_refused() {
    Map<String, String> values = new HashMap<>(LEAST);
    values.put("anagama.gateway.host", "0.0.0.0");

    assertThatThrownBy(() -> Gateway.start(load(values), Clock.systemUTC()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("anagama.gateway.host is '0.0.0.0'")
        .hasMessageContaining("anagama.gateway.allow-remote-without-keys=true");
  }

  @Test
  void unusable_value_stops_the_start() {
    Map<String, String> values = new HashMap<>(LEAST);
    values.put("anagama.gateway.http-port", "http");

    assertThatThrownBy(() -> load(values))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("anagama.gateway.http-port");
  }

  private static GatewayConfig load(Map<String, String> values) {
    return Settings.load(GatewayConfig.class, Optional.empty(), values);
  }
}
