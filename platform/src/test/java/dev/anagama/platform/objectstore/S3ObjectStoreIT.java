package dev.anagama.platform.objectstore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.anagama.platform.config.Settings;
import dev.anagama.platform.config.StoreConfig;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/** Against an S3 server that was not written here. */
class S3ObjectStoreIT extends ObjectStoreContract {
  private static final AtomicInteger BUCKETS = new AtomicInteger();

  @SuppressWarnings("NullAway.Init")
  private static S3Server server;

  private String bucket = "";

  @BeforeAll
  static void startServer() {
    server = new S3Server("first");
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void makeBucket() {
    bucket = newBucket();
  }

  @Override
  ObjectStore open() {
    return open(server.settings("s3://" + newBucket() + "/a/prefix"));
  }

  @Test
  void put_withPrefix_isWhereTheUriSays() {
    try (ObjectStore store = open(server.settings("s3://" + bucket + "/a/prefix"))) {
      StoredObject stored = store.put("b/c.png", new byte[] {1}, "image/png");

      assertThat(stored.uri()).hasToString("s3://" + bucket + "/a/prefix/b/c.png");
      assertThat(server.objects().blobExists(bucket, "a/prefix/b/c.png")).isTrue();
    }
  }

  @Test
  void head_contentType_isWhatPutSaid() {
    try (ObjectStore store = bucketStore()) {
      store.put("a", new byte[] {1}, "image/webp");

      assertThat(store.head("a").orElseThrow().contentType()).isEqualTo("image/webp");
    }
  }

  @Test
  void head_objectOfAnotherClient_isDescribedByItsBytes() {
    putBehindItsBack("a.png", "an image".getBytes(UTF_8), Map.of());

    try (ObjectStore store = bucketStore()) {
      StoredObject head = store.head("a.png").orElseThrow();

      assertThat(head.sizeBytes()).isEqualTo(8);
      assertThat(head.sha256())
          .isEqualTo("a5df3fde7b200c3fa2791144c7e05c5c2bced4c6ad863d3a4cf76c972c1712f9");
      assertThat(store.get("a.png")).hasValue("an image".getBytes(UTF_8));
    }
  }

  @Test
  void list_objectsThatAreNotOurs_areLeftOut() {
    putBehindItsBack("a/not a key", new byte[] {1}, Map.of());
    putBehindItsBack("a/0.png", new byte[] {1}, Map.of());

    try (ObjectStore store = bucketStore()) {
      ObjectPage first = store.list("a", Optional.empty(), 1);
      ObjectPage second = store.list("a", first.next(), 1);

      assertThat(first.objects()).extracting(ListedObject::key).containsExactly("a/0.png");
      assertThat(second.objects()).isEmpty();
    }
  }

  @Test
  void get_bytesThatAreNotThoseStored_failsNamingBoth() {
    putBehindItsBack("a", new byte[] {1}, Map.of("anagama-sha256", "0".repeat(64)));

    try (ObjectStore store = bucketStore()) {
      assertThatExceptionOfType(ObjectStoreException.class)
          .isThrownBy(() -> store.get("a"))
          .withMessageContaining("'a'")
          .withMessageContaining("SHA-256 of what arrived is 4bf5122f344554c5")
          .withMessageContaining("of what was stored 0000");
    }
  }

  @Test
  void presignedGet_withoutKeys_readsTheObjectAndNoOther() throws Exception {
    try (ObjectStore store = bucketStore();
        ObjectStore files = bucketStore()) {
      store.put("a/0.png", "an image".getBytes(UTF_8), "image/png");
      store.put("a/1.png", "another".getBytes(UTF_8), "image/png");
      URI link = files.presignedGet("a/0.png", Duration.ofMinutes(5)).orElseThrow();

      HttpResponse<byte[]> read = httpGet(link);
      HttpResponse<byte[]> other = httpGet(URI.create(link.toString().replace("0.png", "1.png")));
      HttpResponse<byte[]> plain = httpGet(URI.create(link.toString().replaceAll("\\?.*", "")));

      assertThat(read.statusCode()).isEqualTo(200);
      assertThat(read.body()).isEqualTo("an image".getBytes(UTF_8));
      assertThat(read.headers().firstValue("Content-Type")).hasValue("image/png");
      assertThat(other.statusCode()).isEqualTo(403);
      assertThat(plain.statusCode()).isEqualTo(403);
      assertThat(link.toString()).doesNotContain(S3Server.SECRET_ACCESS_KEY);
    }
  }

  @Test
  void presignedGet_publicEndpoint_isInTheLink() {
    Map<String, String> settings = new HashMap<>(server.settings("s3://" + bucket));
    settings.put("anagama.store.public-endpoint", "https://images.example.org");

    try (ObjectStore store = open(settings)) {
      assertThat(store.presignedGet("a", Duration.ofMinutes(1)).orElseThrow().toString())
          .startsWith("https://images.example.org/" + bucket + "/a?");
    }
  }

  @Test
  void presignedGet_timeOutOfRange_isRefused() {
    try (ObjectStore store = bucketStore()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> store.presignedGet("a", Duration.ofDays(8)))
          .withMessageContaining("PT192H");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> store.presignedGet("a", Duration.ZERO))
          .withMessageContaining("PT0S");
    }
  }

  @Test
  void open_bucketIsNotThere_saysWhichAndWhere() {
    Map<String, String> settings = server.settings("s3://no-such-bucket");

    assertThatExceptionOfType(ObjectStoreException.class)
        .isThrownBy(() -> open(settings))
        .withMessageContaining("'no-such-bucket'")
        .withMessageContaining(server.endpoint().toString())
        .withMessageContaining("404 NoSuchBucket")
        .withMessageContaining("anagama.store.uri");
  }

  @Test
  void open_wrongSecret_saysThatKeysAreWrongAndShowsNone() {
    Map<String, String> settings = new HashMap<>(server.settings("s3://" + bucket));
    settings.put("anagama.store.secret-access-key", "not-the-secret");

    assertThatExceptionOfType(ObjectStoreException.class)
        .isThrownBy(() -> open(settings))
        .withMessageContaining("403 SignatureDoesNotMatch")
        .withMessageContaining("anagama.store.access-key-id")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("not-the-secret"));
  }

  @Test
  void open_wrongKey_saysThatKeysAreWrong() {
    Map<String, String> settings = new HashMap<>(server.settings("s3://" + bucket));
    settings.put("anagama.store.access-key-id", "nobody");

    assertThatExceptionOfType(ObjectStoreException.class)
        .isThrownBy(() -> open(settings))
        .withMessageContaining("403 InvalidAccessKeyId")
        .withMessageContaining("anagama.store.access-key-id");
  }

  @Test
  void putIfAbsent_serverIgnoresTheCondition_isRefused() {
    try (S3Server old = S3Server.ignoringConditions("bucket");
        ObjectStore store = open(old.settings("s3://bucket"))) {
      assertThatExceptionOfType(ObjectStoreException.class)
          .isThrownBy(() -> store.putIfAbsent("a", new byte[] {1}, "image/png"))
          .withMessageContaining(old.endpoint().toString())
          .withMessageContaining("If-None-Match");
    }
  }

  @Test
  void get_bucketVanished_isAFailureAndNoMissingObject() {
    try (ObjectStore store = bucketStore()) {
      server.objects().deleteBucket(bucket);

      assertThatExceptionOfType(ObjectStoreException.class)
          .isThrownBy(() -> store.get("a"))
          .withMessageContaining("404 NoSuchBucket");
    }
  }

  private ObjectStore bucketStore() {
    return open(server.settings("s3://" + bucket));
  }

  private static ObjectStore open(Map<String, String> settings) {
    return ObjectStores.open(Settings.load(StoreConfig.class, Optional.empty(), settings));
  }

  private static String newBucket() {
    String name = "bucket-" + BUCKETS.incrementAndGet();
    server.objects().createContainer(name);
    return name;
  }

  private void putBehindItsBack(String key, byte[] bytes, Map<String, String> metadata) {
    server
        .objects()
        .putBlob(
            PutObjectRequest.builder()
                .bucket(bucket)
                .key(key)
                .contentLength((long) bytes.length)
                .metadata(metadata)
                .build(),
            new ByteArrayInputStream(bytes));
  }

  private static HttpResponse<byte[]> httpGet(URI uri) throws Exception {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofByteArray());
  }
}
