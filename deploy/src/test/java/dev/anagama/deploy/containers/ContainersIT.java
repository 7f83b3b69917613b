package dev.anagama.deploy.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.anagama.deploy.RolesInProcess;
import dev.anagama.deploy.client.CallException;
import dev.anagama.deploy.demo.TerminalEvents;
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
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * The core of delivery against a broker and an S3 server in containers. The images can be named by
 * the properties {@code anagama.test.kafka-image} and {@code anagama.test.s3-image}.
 */
@Testcontainers(disabledWithoutDocker = true)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
final class ContainersIT {
  private static final String BUCKET = "images";
  private static final String ACCESS_KEY_ID = "test-access-key";
  private static final String SECRET_ACCESS_KEY = "test-secret-key";
  private static final int S3_PORT = 9000;

  @Container
  private static final KafkaContainer KAFKA =
      new KafkaContainer(
          DockerImageName.parse(
                  System.getProperty("anagama.test.kafka-image", "apache/kafka:4.3.1"))
              .asCompatibleSubstituteFor("apache/kafka"));

  /** MinIO's port and variables; the bucket is made by the test. */
  @Container
  @SuppressWarnings("resource") // The extension stops it.
  private static final GenericContainer<?> S3 =
      new GenericContainer<>(
              DockerImageName.parse(
                  System.getProperty(
                      "anagama.test.s3-image", "minio/minio:RELEASE.2025-09-07T16-13-09Z")))
          .withEnv("MINIO_ROOT_USER", ACCESS_KEY_ID)
          .withEnv("MINIO_ROOT_PASSWORD", SECRET_ACCESS_KEY)
          .withExposedPorts(S3_PORT)
          .withCommand("server", "/data")
          .waitingFor(Wait.forHttp("/").forStatusCodeMatching(code -> code < 500));

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private ObjectStore store;
  private RolesInProcess roles;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    String endpoint = "http://%s:%d".formatted(S3.getHost(), S3.getMappedPort(S3_PORT));
    makeBucket(URI.create(endpoint));
    Map<String, String> settings =
        Map.of(
            "anagama.kafka.bootstrap-servers",
            KAFKA.getBootstrapServers(),
            "anagama.store.uri",
            "s3://" + BUCKET + "/anagama",
            "anagama.store.endpoint",
            endpoint,
            "anagama.store.path-style",
            "true",
            "anagama.store.access-key-id",
            ACCESS_KEY_ID,
            "anagama.store.secret-access-key",
            SECRET_ACCESS_KEY);
    store = ObjectStores.open(Settings.load(StoreConfig.class, Optional.empty(), settings));
    roles = RolesInProcess.start(folder, store, settings);
  }

  @AfterAll
  void stop() {
    roles.close();
    store.close();
  }

  @Test
  void jobs_endOnceAndTheirImagesAreThere() throws Exception {
    List<String> ids = submit("plain", 20);
    assertEndedOnce(ids);
  }

  @Test
  void jobs_submittedAgain_endOnce_andAnotherBodyIsRefused() throws Exception {
    List<String> ids = submit("again", 10);
    submit("again", 10);
    assertEndedOnce(ids);
    submit("again", 10);
    SubmitJobRequest other =
        SubmitJobRequest.newBuilder()
            .setId(ids.get(0))
            .setSpec(JobSpec.newBuilder().setNumImages(3))
            .build();
    assertThatExceptionOfType(CallException.class)
        .isThrownBy(() -> roles.client().submit(other))
        .satisfies(refused -> assertThat(refused.reason()).isEqualTo(CallException.Reason.REFUSED))
        .withMessageContaining(ids.get(0));
    assertEndedOnce(ids);
  }

  @Test
  void jobs_brokerStopsForAWhile_endOnce() throws Exception {
    List<String> ids = submit("broker", 20);
    pause(KAFKA);
    assertEndedOnce(ids);
  }

  @Test
  void jobs_storeStopsForAWhile_endOnce() throws Exception {
    List<String> ids = submit("store", 20);
    pause(S3);
    assertEndedOnce(ids);
  }

  private static void makeBucket(URI endpoint) {
    try (S3Client client =
        S3Client.builder()
            .endpointOverride(endpoint)
            .region(Region.US_EAST_1)
            .forcePathStyle(true)
            .credentialsProvider(
                StaticCredentialsProvider.create(
                    AwsBasicCredentials.create(ACCESS_KEY_ID, SECRET_ACCESS_KEY)))
            .build()) {
      client.createBucket(bucket -> bucket.bucket(BUCKET));
    }
  }

  private List<String> submit(String name, int jobs) {
    List<String> ids = IntStream.range(0, jobs).mapToObj(i -> name + "-" + i).toList();
    for (String id : ids) {
      JobSpec spec =
          JobSpec.newBuilder()
              .setClassLabel(ids.indexOf(id) % 3)
              .setNumImages(2)
              .setSeed(ids.indexOf(id))
              .setNumInferenceSteps(60)
              .build();
      submit(SubmitJobRequest.newBuilder().setId(id).setSpec(spec).build());
    }
    return ids;
  }

  /** As callers do: the gateway may still say that a broker is away that was paused before. */
  private void submit(SubmitJobRequest request) {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              try {
                roles.client().submit(request);
                return true;
              } catch (CallException e) {
                assertThat(e.reason()).isEqualTo(CallException.Reason.UNAVAILABLE);
                return false;
              }
            });
  }

  /** As if the machine it is on had gone and come back. */
  private static void pause(GenericContainer<?> container) throws InterruptedException {
    container.getDockerClient().pauseContainerCmd(container.getContainerId()).exec();
    Thread.sleep(6_000);
    container.getDockerClient().unpauseContainerCmd(container.getContainerId()).exec();
  }

  private void assertEndedOnce(List<String> ids) throws Exception {
    for (String id : ids) {
      Job job = roles.client().get(id, 60);
      assertThat(job.getState()).as(job.toString()).isEqualTo(JobState.JOB_STATE_SUCCEEDED);
      assertThat(job.getImagesList()).hasSize(2);
      for (StoredImage image : job.getImagesList()) {
        assertThat(sha256(store.get(image.getKey()).orElseThrow())).isEqualTo(image.getSha256());
      }
    }
    assertThat(TerminalEvents.byJob(roles.kafka()))
        .containsAllEntriesOf(ids.stream().collect(Collectors.toMap(id -> id, id -> 1)));
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }
}
