package dev.anagama.deploy.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.bench.TinyModel;
import dev.anagama.contract.ResultKeys;
import dev.anagama.deploy.client.GatewayClient;
import dev.anagama.deploy.client.ServerAddress;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.gateway.Gateway;
import dev.anagama.gateway.GatewayConfig;
import dev.anagama.platform.broker.EmbeddedBroker;
import dev.anagama.platform.config.Settings;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.kafka.Topology;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.platform.objectstore.ObjectStores;
import dev.anagama.platform.objectstore.Sha256;
import dev.anagama.v1.Job;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.JobState;
import dev.anagama.v1.StoredImage;
import dev.anagama.v1.SubmitJobRequest;
import dev.anagama.worker.Worker;
import dev.anagama.worker.WorkerConfig;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Gateway and worker with nothing between them but Kafka and an S3 server. */
class S3ServiceIT {
  private static final Duration READY = Duration.ofSeconds(60);

  @Test
  void job_overS3_isStoredWhereItsEventSays(@TempDir Path folder) throws Exception {
    Checkpoint checkpoint = TinyModel.write(folder.resolve("checkpoint"));
    TransientNio2BlobStore objects = new TransientNio2BlobStore();
    objects.createContainer("bucket");
    S3Proxy s3 =
        S3Proxy.builder()
            .blobStore(objects)
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.AWS_V4, "key", "secret")
            .build();
    s3.start();
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("kafka"), 0)) {
      Map<String, String> settings = settings(folder, broker.bootstrapServers(), s3.getPort());
      GatewayConfig gatewayConfig = Settings.load(GatewayConfig.class, Optional.empty(), settings);
      WorkerConfig workerConfig = Settings.load(WorkerConfig.class, Optional.empty(), settings);
      KafkaSettings kafka = KafkaSettings.of(gatewayConfig.kafka());
      Topology.ensure(kafka, Topology.Options.of(gatewayConfig.kafka()));
      try (ObjectStore store = ObjectStores.open(gatewayConfig.store())) {
        ShippedCheckpoint.publishOnce(checkpoint, store, kafka, Clock.systemUTC());
        try (Worker worker = Worker.start(workerConfig, Clock.systemUTC());
            Gateway gateway = Gateway.start(gatewayConfig, Clock.systemUTC());
            GatewayClient client =
                GatewayClient.of(new ServerAddress("127.0.0.1", gateway.grpcPort()))) {
          assertThat(worker.awaitReady(READY)).isTrue();
          assertThat(gateway.awaitReady(READY)).isTrue();

          assertStored(done(client), client, store);
        }
      }
    } finally {
      s3.stop();
    }
  }

  private static Job done(GatewayClient client) {
    client.submit(
        SubmitJobRequest.newBuilder()
            .setId("j1")
            .setSpec(JobSpec.newBuilder().setClassLabel(1).setNumImages(3).setSeed(5))
            .build());
    return client.get("j1", 60);
  }

  private static void assertStored(Job job, GatewayClient client, ObjectStore store) {
    assertThat(job.getState()).as(job.toString()).isEqualTo(JobState.JOB_STATE_SUCCEEDED);
    long keptSeconds = job.getResultsExpireAt().getSeconds() - job.getEndedAt().getSeconds();
    assertThat(keptSeconds).isBetween(604_790L, 604_800L);
    assertThat(job.getImagesList()).hasSize(3);
    for (StoredImage image : job.getImagesList()) {
      byte[] bytes = store.get(image.getKey()).orElseThrow();
      assertThat(image.getUri())
          .isEqualTo("s3://bucket/anagama/" + ResultKeys.image("default", "j1", image.getIndex()));
      assertThat(image.getSha256()).isEqualTo(Sha256.hex(bytes));
      assertThat(client.image("j1", image.getIndex()).getData().toByteArray()).isEqualTo(bytes);
    }
    assertThat(store.head(ResultKeys.manifest("default", "j1"))).isPresent();
  }

  private static Map<String, String> settings(Path folder, String kafka, int s3Port) {
    Map<String, String> settings = new HashMap<>();
    settings.put("anagama.kafka.bootstrap-servers", kafka);
    settings.put("anagama.kafka.job-partitions", "3");
    settings.put("anagama.gateway.http-port", "0");
    settings.put("anagama.gateway.grpc-port", "0");
    settings.put("anagama.worker.precision", "float32");
    settings.put("anagama.worker.cache-folder", folder.resolve("cache").toString());
    settings.put("anagama.store.uri", "s3://bucket/anagama");
    settings.put("anagama.store.endpoint", "http://127.0.0.1:" + s3Port);
    settings.put("anagama.store.path-style", "true");
    settings.put("anagama.store.access-key-id", "key");
    settings.put("anagama.store.secret-access-key", "secret");
    return settings;
  }
}
