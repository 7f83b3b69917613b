package dev.anagama.deploy.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.anagama.deploy.RolesInProcess;
import dev.anagama.platform.broker.EmbeddedBroker;
import dev.anagama.platform.config.Settings;
import dev.anagama.platform.config.StoreConfig;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.platform.objectstore.ObjectStores;
import dev.anagama.v1.Job;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.JobState;
import dev.anagama.v1.StoredImage;
import dev.anagama.v1.SubmitJobRequest;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Images as the AWS command line fetches them, by the URIs of the service. */
@Timeout(240)
final class S3ClientIT {
  private static final String BUCKET = "images";
  private static final String ACCESS_KEY_ID = "test-access-key";
  private static final String SECRET_ACCESS_KEY = "test-secret-key";
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void aws_byTheUriOfAnImage_fetchesIt(@TempDir Path folder) throws Exception {
    ForeignProgram aws =
        ForeignProgram.require(
            "aws",
            folder,
            Map.of(
                "AWS_ACCESS_KEY_ID",
                ACCESS_KEY_ID,
                "AWS_SECRET_ACCESS_KEY",
                SECRET_ACCESS_KEY,
                "AWS_DEFAULT_REGION",
                "us-east-1",
                "AWS_CONFIG_FILE",
                folder.resolve("no-config").toString(),
                "AWS_EC2_METADATA_DISABLED",
                "true"));
    S3Proxy server = startServer();
    String endpoint = "http://127.0.0.1:" + server.getPort();
    Map<String, String> settings = settings(endpoint);
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("kafka"), 0);
        ObjectStore store =
            ObjectStores.open(Settings.load(StoreConfig.class, Optional.empty(), settings))) {
      settings.put("anagama.kafka.bootstrap-servers", broker.bootstrapServers());
      try (RolesInProcess roles = RolesInProcess.start(folder, store, settings)) {
        assertFetches(aws, endpoint, folder, ended(roles));
      }
    } finally {
      server.stop();
    }
  }

  private static void assertFetches(ForeignProgram aws, String endpoint, Path folder, Job job)
      throws Exception {
    assertThat(job.getState()).as(job.toString()).isEqualTo(JobState.JOB_STATE_SUCCEEDED);
    assertThat(job.getImagesList()).hasSize(2);
    for (StoredImage image : job.getImagesList()) {
      assertThat(image.getUri())
          .isEqualTo(
              "s3://" + BUCKET + "/a/prefix/results/default/s3-1/" + image.getIndex() + ".png");
      Path copy = folder.resolve("copy.png");
      aws.text("--endpoint-url", endpoint, "s3", "cp", image.getUri(), copy.toString());
      assertThat(sha256(copy)).isEqualTo(image.getSha256());
      assertThat(Files.size(copy)).isEqualTo(image.getSizeBytes());

      URI uri = URI.create(image.getUri());
      Path object = folder.resolve("object.png");
      JsonNode head =
          JSON.readTree(
              aws.text(
                  "--endpoint-url",
                  endpoint,
                  "--output=json",
                  "s3api",
                  "get-object",
                  "--bucket=" + uri.getHost(),
                  "--key=" + uri.getPath().substring(1),
                  object.toString()));
      assertThat(head.get("ContentType").asText()).isEqualTo("image/png");
      assertThat(sha256(object)).isEqualTo(image.getSha256());
    }
  }

  private static Job ended(RolesInProcess roles) {
    JobSpec spec = JobSpec.newBuilder().setClassLabel(1).setNumImages(2).setSeed(3).build();
    roles.client().submit(SubmitJobRequest.newBuilder().setId("s3-1").setSpec(spec).build());
    return roles.client().get("s3-1", 60);
  }

  private static Map<String, String> settings(String endpoint) {
    return new HashMap<>(
        Map.of(
            "anagama.store.uri", "s3://" + BUCKET + "/a/prefix",
            "anagama.store.endpoint", endpoint,
            "anagama.store.path-style", "true",
            "anagama.store.access-key-id", ACCESS_KEY_ID,
            "anagama.store.secret-access-key", SECRET_ACCESS_KEY));
  }

  /** An S3 server in this process, in memory, with one bucket. */
  private static S3Proxy startServer() throws Exception {
    TransientNio2BlobStore objects = new TransientNio2BlobStore();
    objects.createContainer(BUCKET);
    S3Proxy server =
        S3Proxy.builder()
            .blobStore(objects)
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.AWS_V4, ACCESS_KEY_ID, SECRET_ACCESS_KEY)
            .build();
    server.start();
    return server;
  }

  private static String sha256(Path file) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
  }
}
