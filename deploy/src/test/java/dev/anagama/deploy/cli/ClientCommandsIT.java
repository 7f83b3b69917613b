package dev.anagama.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.anagama.bench.TinyModel;
import dev.anagama.deploy.standalone.Standalone;
import dev.anagama.deploy.standalone.StandaloneOptions;
import dev.anagama.deploy.standalone.StandaloneOptions.Ports;
import dev.anagama.diffusion.image.PngImages;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The client commands against a running service. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ClientCommandsIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Standalone service;
  private Path storeFolder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    Path checkpoint = TinyModel.write(folder.resolve("checkpoint")).folder();
    StandaloneOptions options =
        new StandaloneOptions(
            folder.resolve("data"),
            checkpoint,
            Ports.ANY,
            Optional.empty(),
            Map.of("anagama.kafka.job-partitions", "2"));
    storeFolder = options.storeFolder();
    service = Standalone.start(options, Clock.systemUTC());
  }

  @AfterAll
  void stop() {
    service.close();
  }

  private int run(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
  }

  private int call(String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    all.add("--server=127.0.0.1:" + service.grpcPort());
    return run(all.toArray(String[]::new));
  }

  private JsonNode overHttp(String path) throws IOException {
    URI uri = URI.create("http://127.0.0.1:" + service.httpPort() + path);
    try (InputStream answer = uri.toURL().openStream()) {
      return JSON.readTree(answer);
    }
  }

  @Test
  void submit_waitThenGetImages(@TempDir Path folder) throws IOException {
    int code =
        call(
            "submit",
            "--id=c1",
            "--class=cross",
            "--num-images=2",
            "--seed=3",
            "--steps=4",
            "--guidance-scale=1.5",
            "--guidance-interval=-5,5",
            "--sampler=ancestral",
            "--wait",
            "--json");
    assertThat(err.toString()).isEmpty();
    assertThat(code).isZero();
    JsonNode job = JSON.readTree(out.toString());
    assertThat(job.get("id").asText()).isEqualTo("c1");
    assertThat(job.get("state").asText()).isEqualTo("succeeded");
    assertThat(job.get("spec").get("class_label").asInt()).isEqualTo(1);
    assertThat(job.get("spec").get("class_name").asText()).isEqualTo("cross");
    assertThat(job.get("images").get(1).get("url").asText()).isEqualTo("/v1/jobs/c1/images/1");
    assertThat(job).isEqualTo(overHttp("/v1/jobs/c1"));
    assertThat(job.get("spec").get("sampler").asText()).isEqualTo("ancestral");
    assertThat(job.get("spec").get("guidance_interval").get("min_log_snr").asDouble())
        .isEqualTo(-5);

    Path images = folder.resolve("images");
    assertThat(call("get", "c1", "--wait", "30", "--out", images.toString())).isZero();
    assertThat(out.toString()).contains("job c1: succeeded");
    assertThat(PngImages.decode(Files.readAllBytes(images.resolve("1.png"))).getHeight())
        .isEqualTo(8);
  }

  @Test
  void submit_everySamplingOption_isDone() throws IOException {
    int code =
        call(
            "submit",
            "--class=cross",
            "--steps=4",
            "--guidance-scale=4",
            "--guidance-rescale=0.5",
            "--dynamic-threshold=0.99",
            "--projection-norm-limit=3",
            "--projection-momentum=-0.5",
            "--sampler=heun",
            "--schedule=edm",
            "--wait",
            "--json");
    assertThat(err.toString()).isEmpty();
    assertThat(code).isZero();
    JsonNode job = JSON.readTree(out.toString());
    assertThat(job.get("state").asText()).isEqualTo("succeeded");
    JsonNode spec = job.get("spec");
    assertThat(spec.get("guidance_rescale").asDouble()).isEqualTo(0.5);
    assertThat(spec.get("dynamic_threshold").asDouble()).isEqualTo(0.99);
    assertThat(spec.get("guidance_projection").get("eta").asDouble()).isZero();
    assertThat(spec.get("guidance_projection").get("norm_limit").asDouble()).isEqualTo(3);
    assertThat(spec.get("guidance_projection").get("momentum").asDouble()).isEqualTo(-0.5);
    assertThat(spec.get("sampler").asText()).isEqualTo("heun");
    assertThat(spec.get("schedule").asText()).isEqualTo("edm");
    assertThat(spec.has("eta")).isFalse();
  }

  @Test
  void submit_byIndex() throws IOException {
    assertThat(call("submit", "--class=2", "--json")).isZero();
    assertThat(JSON.readTree(out.toString()).get("spec").get("class_label").asInt()).isEqualTo(2);
  }

  @Test
  void submit_refused() {
    assertThat(call("submit", "--class=unicorn", "--num-images=0", "--guidance-scale=NaN"))
        .isEqualTo(2);
    assertThat(err.toString().lines()).hasSize(1);
    assertThat(err.toString()).contains("unicorn", "num_images", "guidance_scale", "NaN");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void get_unknown() {
    assertThat(call("get", "nobody")).isEqualTo(1);
    assertThat(err.toString()).startsWith("anagama get: ").contains("nobody");
  }

  @Test
  void cancel_thenGetFailsToWait() throws IOException {
    assertThat(
            call(
                "submit",
                "--id=c2",
                "--num-images=64",
                "--steps=1000",
                "--priority=batch",
                "--deadline=30m",
                "--json"))
        .isZero();
    JsonNode spec = JSON.readTree(out.toString()).get("spec");
    assertThat(spec.get("priority").asText()).isEqualTo("batch");
    assertThat(Instant.parse(spec.get("deadline").asText()))
        .isBetween(Instant.now().plusSeconds(1500), Instant.now().plusSeconds(1800));

    assertThat(call("cancel", "c2")).isZero();
    assertThat(out.toString()).startsWith("job c2: ").contains("asked to end");
    assertThat(call("get", "c2", "--wait", "60")).isEqualTo(1);
    assertThat(out.toString()).contains("job c2: canceled");
    assertThat(err.toString()).contains("job c2 ended canceled").doesNotContain("null");
    assertThat(call("cancel", "c2", "--json")).isZero();
    assertThat(JSON.readTree(out.toString()).get("state").asText()).isEqualTo("canceled");
  }

  @Test
  void cancel_whatHasEndedOrIsUnknown() {
    assertThat(call("submit", "--id=c3", "--wait")).isZero();
    assertThat(call("cancel", "c3")).isEqualTo(1);
    assertThat(err.toString().lines()).hasSize(1);
    assertThat(err.toString()).startsWith("anagama cancel: ").contains("has ended succeeded");
    assertThat(call("cancel", "nobody")).isEqualTo(1);
    assertThat(err.toString()).contains("there is no job 'nobody'");
    assertThat(call("cancel", "-bad")).isEqualTo(2);
    assertThat(call("cancel", "c3", "--json")).isEqualTo(1);
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void submit_deadlineTooFar() {
    assertThat(call("submit", "--deadline=25h")).isEqualTo(2);
    assertThat(err.toString()).contains("deadline is", "at most 24 hours");
    assertThat(call("submit", "--deadline=2020-01-01T00:00:00Z")).isEqualTo(2);
    assertThat(err.toString()).contains("deadline is 2020-01-01T00:00:00Z");
    assertThat(call("submit", "--deadline=soon")).isEqualTo(2);
    assertThat(err.toString()).contains("'soon'");
  }

  @Test
  void models_json() throws IOException {
    assertThat(call("models", "--json")).isZero();
    assertThat(JSON.readTree(out.toString())).isEqualTo(overHttp("/v1/models"));
    JsonNode model = JSON.readTree(out.toString()).get("models").get(0);
    assertThat(model.get("name").asText()).isEqualTo(TinyModel.NAME);
    assertThat(model.get("is_default").asBoolean()).isTrue();
  }

  @Test
  void models_text() {
    assertThat(call("models")).isZero();
    assertThat(out.toString()).contains("tiny test-1 (default)", "ring, cross");
  }

  @Test
  void publish_again(@TempDir Path folder) throws IOException {
    TinyModel.write(folder);
    int code =
        run(
            "publish",
            folder.toString(),
            "--set=anagama.kafka.bootstrap-servers=" + service.kafka().bootstrapServers(),
            "--set=anagama.store.uri=" + storeFolder.toUri());
    assertThat(err.toString()).isEmpty();
    assertThat(code).isZero();
    assertThat(out.toString()).contains("published tiny test-1");
  }

  @Test
  void publish_damaged(@TempDir Path folder) throws IOException {
    TinyModel.write(folder);
    Path weights = folder.resolve("weights.safetensors");
    byte[] content = Files.readAllBytes(weights);
    Files.write(weights, java.util.Arrays.copyOf(content, content.length / 2));
    int code =
        run(
            "publish",
            folder.toString(),
            "--set=anagama.kafka.bootstrap-servers=" + service.kafka().bootstrapServers(),
            "--set=anagama.store.uri=" + storeFolder.toUri());
    assertThat(code).isEqualTo(1);
    assertThat(err.toString().lines()).hasSize(1);
    assertThat(err.toString()).contains("SHA-256");
  }
}
