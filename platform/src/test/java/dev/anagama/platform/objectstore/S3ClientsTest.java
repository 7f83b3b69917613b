package dev.anagama.platform.objectstore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.platform.config.Settings;
import dev.anagama.platform.config.StoreConfig;
import java.net.URL;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/** Where the clients would go, without going there. */
class S3ClientsTest {
  @Test
  void endpoint_leftOut_isAmazonsInTheRegion() {
    S3Clients clients = clients(Map.of("anagama.store.region", "eu-central-1"));

    assertThat(clients.server()).isEqualTo("Amazon S3 in eu-central-1");
    assertThat(link(clients)).hasHost("bucket.s3.eu-central-1.amazonaws.com").hasPath("/a");
    try (S3Client client = clients.client()) {
      assertThat(client.serviceClientConfiguration().endpointOverride()).isEmpty();
    }
  }

  @Test
  void endpoint_set_isTakenAsItIs() {
    S3Clients clients = clients(Map.of("anagama.store.endpoint", "http://s3.example.org:9000"));

    assertThat(clients.server()).isEqualTo("http://s3.example.org:9000");
    assertThat(link(clients)).hasHost("bucket.s3.example.org").hasPort(9000).hasPath("/a");
    assertThat(link(clients).getQuery()).contains("us-east-1%2Fs3");
  }

  @Test
  void pathStyle_set_hasTheBucketInThePath() {
    S3Clients clients =
        clients(
            Map.of(
                "anagama.store.endpoint", "http://s3.example.org:9000",
                "anagama.store.path-style", "true"));

    assertThat(link(clients)).hasHost("s3.example.org").hasPath("/bucket/a");
  }

  private static S3Clients clients(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("anagama.store.uri", "s3://bucket");
    all.put("anagama.store.access-key-id", "id");
    all.put("anagama.store.secret-access-key", "secret");
    return new S3Clients(Settings.load(StoreConfig.class, Optional.empty(), all));
  }

  private static URL link(S3Clients clients) {
    try (S3Presigner presigner = clients.presigner()) {
      return presigner
          .presignGetObject(
              link ->
                  link.signatureDuration(Duration.ofMinutes(1))
                      .getObjectRequest(get -> get.bucket("bucket").key("a")))
          .url();
    }
  }
}
