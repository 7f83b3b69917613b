package dev.anagama.platform.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StoreConfigTest {
  private static final String URI_KEY = "anagama.store.uri";
  private static final String ALLOWED_URI =
      "file:///an/absolute/folder, s3://bucket or s3://bucket/prefix";

  @Test
  void defaults_folderAlone_isEnough() {
    StoreConfig config = load(Map.of(URI_KEY, "file:///srv/anagama"));

    assertThat(config.uri())
        .isEqualTo(
            new StoreUri(
                URI.create("file:///srv/anagama"), new StoreUri.Files(Path.of("/srv/anagama"))));
    assertThat(config.endpoint()).isEmpty();
    assertThat(config.publicEndpoint()).isEmpty();
    assertThat(config.region()).isEmpty();
    assertThat(config.pathStyle()).isFalse();
    assertThat(config.accessKeyId()).isEmpty();
    assertThat(config.secretAccessKey()).isEmpty();
    assertThat(config.connectTimeoutSeconds()).isEqualTo(3);
    assertThat(config.socketTimeoutSeconds()).isEqualTo(10);
    assertThat(config.attemptTimeoutSeconds()).isEqualTo(30);
    assertThat(config.callTimeoutSeconds()).isEqualTo(60);
    assertThat(config.maxConnections()).isEqualTo(64);
  }

  @Test
  void mapping_everyKeySet_isTaken() {
    StoreConfig config =
        load(
            Map.ofEntries(
                Map.entry(URI_KEY, "s3://bucket/a/prefix"),
                Map.entry("anagama.store.endpoint", "http://127.0.0.1:9000"),
                Map.entry("anagama.store.public-endpoint", "https://s3.example.org"),
                Map.entry("anagama.store.region", "eu-central-1"),
                Map.entry("anagama.store.path-style", "true"),
                Map.entry("anagama.store.access-key-id", "id"),
                Map.entry("anagama.store.secret-access-key", "secret"),
                Map.entry("anagama.store.connect-timeout-seconds", "1"),
                Map.entry("anagama.store.socket-timeout-seconds", "2"),
                Map.entry("anagama.store.attempt-timeout-seconds", "4"),
                Map.entry("anagama.store.call-timeout-seconds", "5"),
                Map.entry("anagama.store.max-connections", "6")));

    assertThat(config.uri())
        .isEqualTo(
            new StoreUri(
                URI.create("s3://bucket/a/prefix"), new StoreUri.Bucket("bucket", "a/prefix/")));
    assertThat(config.endpoint()).hasValue(StoreEndpoint.of("http://127.0.0.1:9000"));
    assertThat(config.publicEndpoint()).hasValue(StoreEndpoint.of("https://s3.example.org"));
    assertThat(config.region()).hasValue("eu-central-1");
    assertThat(config.pathStyle()).isTrue();
    assertThat(config.accessKeyId()).hasValue("id");
    assertThat(config.secretAccessKey()).hasValue(new Secret("secret"));
    assertThat(config.connectTimeoutSeconds()).isEqualTo(1);
    assertThat(config.socketTimeoutSeconds()).isEqualTo(2);
    assertThat(config.attemptTimeoutSeconds()).isEqualTo(4);
    assertThat(config.callTimeoutSeconds()).isEqualTo(5);
    assertThat(config.maxConnections()).isEqualTo(6);
  }

  @Test
  void keys_fromTheEnvironment_areTaken() {
    Map<String, String> environment =
        Map.of(
            "ANAGAMA_STORE_URI", "s3://bucket",
            "ANAGAMA_STORE_ACCESS_KEY_ID", "id",
            "ANAGAMA_STORE_SECRET_ACCESS_KEY", "secret");

    StoreConfig config = Settings.load(StoreConfig.class, Optional.empty(), Map.of(), environment);

    assertThat(config.accessKeyId()).hasValue("id");
    assertThat(config.secretAccessKey()).hasValue(new Secret("secret"));
  }

  @ParameterizedTest
  @CsvSource({
    "s3://bucket, ''",
    "s3://bucket/, ''",
    "s3://bucket/a, a/",
    "s3://bucket/a/, a/",
    "s3://bucket/a/b.c_d-e, a/b.c_d-e/",
    "s3://old_Bucket/a, a/"
  })
  void uri_bucket_hasAPrefix(String uri, String prefix) {
    assertThat(load(Map.of(URI_KEY, uri)).uri().place())
        .isInstanceOfSatisfying(
            StoreUri.Bucket.class, bucket -> assertThat(bucket.prefix()).isEqualTo(prefix));
  }

  @Test
  void uri_missing_isRefused() {
    assertThat(problems(Map.of()))
        .containsExactly("anagama.store.uri is missing; allowed: " + ALLOWED_URI);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "not a uri",
        "http://host/",
        "/srv/anagama",
        "file:relative",
        "file://host/folder",
        "s3:bucket",
        "s3:///a",
        "s3://b",
        "s3://key:secret@bucket",
        "s3://bucket:80",
        "s3://bucket//a",
        "s3://bucket/../a",
        "s3://bucket/.a",
        "s3://bucket/a b",
        "s3://bucket/a%20b",
        "s3://bucket?a=b"
      })
  void uri_malformed_isRefused(String uri) {
    assertThat(problems(Map.of(URI_KEY, uri)))
        .containsExactly("anagama.store.uri is '%s'; allowed: %s".formatted(uri, ALLOWED_URI));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1:9000",
        "s3://host",
        "https://",
        "http://host/bucket",
        "http://host?a=b",
        "http://key@host"
      })
  void endpoint_malformed_isRefused(String endpoint) {
    assertThat(problems(Map.of(URI_KEY, "s3://bucket", "anagama.store.endpoint", endpoint)))
        .containsExactly(
            "anagama.store.endpoint is '%s'; allowed: https://host, https://host:port, or the same"
                    .formatted(endpoint)
                + " with http");
  }

  @Test
  void keys_oneWithoutTheOther_areRefusedAndNotShown() {
    assertThat(
            problems(
                Map.of(URI_KEY, "s3://bucket", "anagama.store.secret-access-key", "hush-hush")))
        .containsExactly(
            "anagama.store.access-key-id is missing; anagama.store.secret-access-key is set, and"
                + " both belong together");
    assertThat(problems(Map.of(URI_KEY, "s3://bucket", "anagama.store.access-key-id", "id")))
        .containsExactly(
            "anagama.store.secret-access-key is missing; anagama.store.access-key-id is set, and"
                + " both belong together");
  }

  @Test
  void secret_asText_isNotShown() {
    StoreConfig config =
        load(
            Map.of(
                URI_KEY,
                "s3://bucket",
                "anagama.store.access-key-id",
                "id",
                "anagama.store.secret-access-key",
                "hush-hush"));

    assertThat(config.secretAccessKey().toString()).doesNotContain("hush");
  }

  @Test
  void problems_several_areToldAtOnce() {
    assertThat(
            problems(
                Map.of(
                    URI_KEY,
                    "ftp://host",
                    "anagama.store.endpoint",
                    "host",
                    "anagama.store.path-style",
                    "yes",
                    "anagama.store.call-timeout-seconds",
                    "0",
                    "anagama.store.pathstyle",
                    "true")))
        .hasSize(5);
  }

  private static List<String> problems(Map<String, String> overrides) {
    return catchThrowableOfType(SettingsException.class, () -> load(overrides)).problems();
  }

  private static StoreConfig load(Map<String, String> overrides) {
    return Settings.load(StoreConfig.class, Optional.empty(), overrides, Map.of());
  }
}
