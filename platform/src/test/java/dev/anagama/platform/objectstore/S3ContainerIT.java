package dev.anagama.platform.objectstore;

import dev.anagama.platform.config.Settings;
import dev.anagama.platform.config.StoreConfig;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;
import org.testcontainers.utility.DockerImageName;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Against an S3 server in a container; the property {@code anagama.test.s3-image} can name one that
 * is started as MinIO's is.
 */
@Testcontainers(disabledWithoutDocker = true)
@Timeout(300)
final class S3ContainerIT extends ObjectStoreContract {
  private static final String BUCKET = "contract";
  private static final int PORT = 9000;
  private static final AtomicInteger STORES = new AtomicInteger();

  @Container
  @SuppressWarnings("resource") // The extension stops it.
  private static final GenericContainer<?> S3 =
      new GenericContainer<>(
              DockerImageName.parse(
                  System.getProperty(
                      "anagama.test.s3-image", "minio/minio:RELEASE.2025-09-07T16-13-09Z")))
          .withEnv("MINIO_ROOT_USER", S3Server.ACCESS_KEY_ID)
          .withEnv("MINIO_ROOT_PASSWORD", S3Server.SECRET_ACCESS_KEY)
          .withExposedPorts(PORT)
          .withCommand("server", "/data")
          .waitingFor(Wait.forHttp("/").forStatusCodeMatching(code -> code < 500));

  @BeforeAll
  static void makeBucket() {
    try (S3Client client =
        S3Client.builder()
            .endpointOverride(endpoint())
            .region(Region.US_EAST_1)
            .forcePathStyle(true)
            .credentialsProvider(
                StaticCredentialsProvider.create(
                    AwsBasicCredentials.create(S3Server.ACCESS_KEY_ID, S3Server.SECRET_ACCESS_KEY)))
            .build()) {
      client.createBucket(bucket -> bucket.bucket(BUCKET));
    }
  }

  @Override
  ObjectStore open() {
    Map<String, String> settings =
        S3Server.settings(endpoint(), "s3://" + BUCKET + "/store-" + STORES.incrementAndGet());
    return ObjectStores.open(Settings.load(StoreConfig.class, Optional.empty(), settings));
  }

  private static URI endpoint() {
    return URI.create("http://%s:%d".formatted(S3.getHost(), S3.getMappedPort(PORT)));
  }
}
