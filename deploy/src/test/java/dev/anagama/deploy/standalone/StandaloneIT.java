package dev.anagama.deploy.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.anagama.bench.TinyModel;
import dev.anagama.deploy.Pictures;
import dev.anagama.deploy.client.CallException;
import dev.anagama.deploy.client.GatewayClient;
import dev.anagama.deploy.client.ServerAddress;
import dev.anagama.deploy.standalone.StandaloneOptions.Ports;
import dev.anagama.v1.GuidanceInterval;
import dev.anagama.v1.Job;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.JobState;
import dev.anagama.v1.Model;
import dev.anagama.v1.SubmitJobRequest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The whole service in this process, asked by both protocols. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class StandaloneIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http = HttpClient.newHttpClient();
  private StandaloneOptions options;
  private Standalone service;
  private GatewayClient client;

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    Path checkpoint = TinyModel.write(folder.resolve("checkpoint")).folder();
    options =
        new StandaloneOptions(
            folder.resolve("data"),
            checkpoint,
            Ports.ANY,
            Optional.empty(),
            Map.of("anagama.kafka.job-partitions", "3", "anagama.worker.precision", "float32"));
    open();
  }

  @AfterAll
  void close() {
    client.close();
    service.close();
  }

  private void open() {
    service = Standalone.start(options, Clock.systemUTC());
    client = GatewayClient.of(new ServerAddress("127.0.0.1", service.grpcPort()));
  }

  @Test
  void http_submitWaitAndRead() throws IOException, InterruptedException {
    HttpResponse<String> accepted =
        post("{\"class_name\":\"Cross\",\"num_images\":2,\"seed\":5,\"guidance_scale\":3}");
    assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
    String id = JSON.readTree(accepted.body()).get("id").asText();

    JsonNode job =
        JSON.readTree(get("/v1/jobs/" + id + "?wait=60", BodyHandlers.ofString()).body());
    assertThat(job.get("state").asText()).as(job.toString()).isEqualTo("succeeded");
    assertThat(job.get("images")).hasSize(2);
    HttpResponse<byte[]> image = get("/v1/jobs/" + id + "/images/1", BodyHandlers.ofByteArray());
    assertThat(image.statusCode()).isEqualTo(200);
    assertThat(image.headers().firstValue("content-type")).hasValue("image/png");

    // The other protocol reads the same bytes.
    assertThat(client.image(id, 1).getData().toByteArray()).isEqualTo(image.body());
  }

  @Test
  void grpc_submitWaitAndRead() {
    JobSpec spec =
        JobSpec.newBuilder()
            .setClassLabel(2)
            .setNumImages(3)
            .setSeed(9)
            .setGuidanceScale(2)
            .build();
    Job job = ended(client.submit(request("grpc-1", spec)));
    assertThat(job.getState()).as(job.toString()).isEqualTo(JobState.JOB_STATE_SUCCEEDED);
    assertThat(job.getImagesCount()).isEqualTo(3);
    assertThat(job.getProvenance().getPrecision()).isEqualTo("float32");
    assertThat(job.getProvenance().getCheckpointVersion()).isEqualTo(TinyModel.VERSION);

    // The same seed makes the same images, alone or not; another seed makes others.
    byte[] image = client.image("grpc-1", 0).getData().toByteArray();
    ended(client.submit(request("grpc-2", spec.toBuilder().setNumImages(1).build())));
    ended(client.submit(request("grpc-3", spec.toBuilder().setSeed(10).build())));
    assertThat(Pictures.largestDifference(image, client.image("grpc-2", 0).getData().toByteArray()))
        .isLessThanOrEqualTo(1);
    assertThat(Pictures.largestDifference(image, client.image("grpc-3", 0).getData().toByteArray()))
        .isGreaterThan(1);
  }

  @Test
  void grpc_everyField() {
    JobSpec spec =
        JobSpec.newBuilder()
            .setModel(TinyModel.NAME)
            .setClassName("t-shape/LEFT")
            .setNumInferenceSteps(3)
            .setGuidanceInterval(GuidanceInterval.newBuilder().setMinLogSnr(-5).setMaxLogSnr(5))
            .setSampler(dev.anagama.v1.Sampler.SAMPLER_ANCESTRAL)
            .build();
    Job job = ended(client.submit(request("every-field", spec)));
    assertThat(job.getState()).as(job.toString()).isEqualTo(JobState.JOB_STATE_SUCCEEDED);
    assertThat(job.getSpec().getClassLabel()).isEqualTo(2);
    assertThat(job.getSpec().getGuidanceInterval()).isEqualTo(spec.getGuidanceInterval());
  }

  @Test
  void grpc_refusalNamesTheField() {
    assertThatThrownBy(
            () ->
                client.submit(
                    request("bad", JobSpec.newBuilder().setNumImages(65).setClassLabel(7).build())))
        .isInstanceOfSatisfying(
            CallException.class,
            e -> assertThat(e.reason()).isEqualTo(CallException.Reason.REFUSED))
        .hasMessageContainingAll("num_images", "65", "64", "class_label", "7");
  }

  @Test
  void grpc_unknownJob() {
    assertThatThrownBy(() -> client.get("nobody", 0))
        .isInstanceOf(CallException.class)
        .hasMessageContaining("nobody");
  }

  @Test
  void models_listsTheCheckpoint() {
    assertThat(client.models()).extracting(Model::getName).containsExactly(TinyModel.NAME);
    Model model = client.models().get(0);
    assertThat(model.getVersion()).isEqualTo(TinyModel.VERSION);
    assertThat(model.getCard().getClassNamesList()).isEqualTo(TinyModel.CLASS_NAMES);
  }

  @Test
  void restart_knowsWhatWasDone() {
    Job before = ended(client.submit(request("before", JobSpec.newBuilder().setSeed(1).build())));
    var publishedBefore = client.models().get(0).getPublishedAt();
    close();
    open();
    Job after = client.get("before", 0);
    assertThat(after.getState()).isEqualTo(JobState.JOB_STATE_SUCCEEDED);
    assertThat(after.getImagesList()).isEqualTo(before.getImagesList());
    assertThat(client.models().get(0).getPublishedAt()).isEqualTo(publishedBefore);
    Job next = ended(client.submit(request("after", JobSpec.newBuilder().setSeed(1).build())));
    assertThat(next.getState()).isEqualTo(JobState.JOB_STATE_SUCCEEDED);
  }

  @Test
  void start_folderInUse() {
    assertThatThrownBy(() -> Standalone.start(options, Clock.systemUTC()))
        .hasMessageContaining("in use");
  }

  private static SubmitJobRequest request(String id, JobSpec spec) {
    return SubmitJobRequest.newBuilder().setId(id).setSpec(spec).build();
  }

  private Job ended(Job job) {
    Job seen = client.get(job.getId(), 60);
    assertThat(seen.hasEndedAt()).as(seen.toString()).isTrue();
    return seen;
  }

  private HttpResponse<String> post(String body) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(uri("/v1/jobs"))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  private <T> HttpResponse<T> get(String path, HttpResponse.BodyHandler<T> handler)
      throws IOException, InterruptedException {
    return http.send(HttpRequest.newBuilder(uri(path)).build(), handler);
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + service.httpPort() + path);
  }
}
