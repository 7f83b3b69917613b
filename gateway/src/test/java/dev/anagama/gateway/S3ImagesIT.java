package dev.anagama.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.contract.ResultKeys;
import dev.anagama.gateway.HttpCaller.Answer;
import dev.anagama.platform.config.Settings;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.platform.objectstore.ObjectStores;
import dev.anagama.v1.GenerationJob;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images on S3: their bytes, or a link, and what is said when they are gone. */
class S3ImagesIT {
  private static final String KEY = "key";
  private static final String SECRET = "secret-of-the-store";

  @TempDir static Path folder;
  private static Harness harness;
  private static S3Proxy s3;
  private static ObjectStore store;
  private static TestWorker worker;

  @BeforeAll
  static void open() throws Exception {
    TransientNio2BlobStore objects = new TransientNio2BlobStore();
    objects.createContainer("bucket");
    s3 =
        S3Proxy.builder()
            .blobStore(objects)
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.AWS_V4, KEY, SECRET)
            .build();
    s3.start();
    harness = new Harness(folder);
    harness.publishModel();
    store = ObjectStores.open(config(Map.of()).store());
    worker = new TestWorker(harness.kafka, store);
  }

  @AfterAll
  static void close() throws Exception {
    worker.close();
    store.close();
    harness.close();
    s3.stop();
  }

  @Test
  void image_onS3_isGivenAsTheRequestOrTheSettingSays() throws Exception {
    String id = "s3-image";
    String image = "/v1/jobs/" + id + "/images/0";
    try (Gateway proxying = gateway(Map.of(), fresh())) {
      HttpCaller http = new HttpCaller(proxying);
      succeed(http, id);

      assertBytes(http.get(image), id);
      assertBytes(http.get(image + "?redirect=false"), id);
      assertLink(http.get(image + "?redirect=true"), id);
      Answer head =
          http.send(
              http.request(image + "?redirect=true")
                  .method("HEAD", BodyPublishers.noBody())
                  .build());
      assertThat(head.status()).isEqualTo(200);
      assertThat(http.get(image + "?redirect=yes").status()).isEqualTo(400);
      assertThat(http.get(image + "?redirct=true").text()).contains("redirect");
    }
    try (Gateway redirecting =
        gateway(Map.of("anagama.gateway.image-links", "redirect"), fresh())) {
      HttpCaller http = new HttpCaller(redirecting);

      assertLink(http.get(image), id);
      assertBytes(http.get(image + "?redirect=false"), id);
      // The page may load nothing from elsewhere.
      assertThat(http.get("/").text()).contains(image + "?redirect=false");
    }
  }

  @Test
  void image_removedAfterItsExpiry_isGoneAndSaysWhen() throws Exception {
    String id = "s3-gone";
    String image = "/v1/jobs/" + id + "/images/0";
    Instant expiry = Instant.ofEpochSecond(Samples.time(8).getSeconds() + Samples.KEPT_SECONDS);
    Clock later = Clock.fixed(expiry.plusSeconds(1), ZoneOffset.UTC);
    try (Gateway gateway = gateway(Map.of("anagama.gateway.image-links", "redirect"), later)) {
      HttpCaller http = new HttpCaller(gateway);
      succeed(http, id);
      assertThat(http.get("/v1/jobs/" + id).json().get("results_expire_at").asText())
          .isEqualTo(expiry.toString());
      // Still there, so it is given; a link would not say why it fails once it does.
      assertBytes(http.get(image), id);

      store.delete(ResultKeys.image(Samples.TENANT, id, 0));

      Answer gone = http.get(image);
      assertThat(gone.status()).isEqualTo(410);
      assertThat(gone.json().get("category").asText()).isEqualTo("gone");
      assertThat(gone.json().get("detail").asText())
          .isEqualTo("the images of job '%s' expired at %s".formatted(id, expiry));
      assertThat(http.get("/v1/jobs/" + id).json().get("state").asText()).isEqualTo("succeeded");
    }
  }

  private static void succeed(HttpCaller http, String id) throws Exception {
    assertThat(http.put(id, "{\"num_images\": 1}").status()).isEqualTo(202);
    GenerationJob job = worker.take(id);
    worker.succeed(job);
    assertThat(http.get("/v1/jobs/" + id + "?wait=30").json().get("state").asText())
        .isEqualTo("succeeded");
  }

  private static void assertBytes(Answer answer, String id) {
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.response().body()).isEqualTo(TestWorker.bytes(id, 0));
  }

  private static void assertLink(Answer answer, String id) throws Exception {
    assertThat(answer.status()).isEqualTo(307);
    assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
    URI link = URI.create(answer.header("Location"));
    assertThat(link.getPort()).isEqualTo(s3.getPort());
    HttpResponse<byte[]> read =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(link).build(), BodyHandlers.ofByteArray());
    assertThat(read.statusCode()).isEqualTo(200);
    assertThat(read.body()).isEqualTo(TestWorker.bytes(id, 0));
    assertThat(read.headers().firstValue("Content-Type")).hasValue("image/png");
  }

  /** A time at which what was just stored has not expired. */
  private static Clock fresh() {
    return Clock.fixed(Instant.ofEpochSecond(Samples.time(60).getSeconds()), ZoneOffset.UTC);
  }

  private static Gateway gateway(Map<String, String> settings, Clock clock) throws Exception {
    Gateway gateway = Gateway.start(config(settings), clock);
    assertThat(gateway.awaitReady(TestWorker.PATIENCE)).isTrue();
    return gateway;
  }

  private static GatewayConfig config(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("anagama.gateway.http-port", "0");
    all.put("anagama.gateway.grpc-port", "0");
    all.put("anagama.kafka.bootstrap-servers", harness.kafka.bootstrapServers());
    all.put("anagama.kafka.job-partitions", "4");
    all.put("anagama.store.uri", "s3://bucket");
    all.put("anagama.store.endpoint", "http://127.0.0.1:" + s3.getPort());
    all.put("anagama.store.path-style", "true");
    all.put("anagama.store.access-key-id", KEY);
    all.put("anagama.store.secret-access-key", SECRET);
    return Settings.load(GatewayConfig.class, Optional.empty(), all);
  }
}
