package dev.anagama.deploy.foreign;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.TextFormat;
import com.google.protobuf.Timestamp;
import dev.anagama.bench.TinyModel;
import dev.anagama.contract.Topics;
import dev.anagama.deploy.client.GatewayClient;
import dev.anagama.deploy.client.ServerAddress;
import dev.anagama.deploy.standalone.Standalone;
import dev.anagama.deploy.standalone.StandaloneOptions;
import dev.anagama.deploy.standalone.StandaloneOptions.Ports;
import dev.anagama.v1.Job;
import dev.anagama.v1.JobEvent;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.JobState;
import dev.anagama.v1.SubmitJobRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Completion events as a consumer sees them that knows the topic and the .proto files alone. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(240)
final class EventConsumerIT {
  private static final Path PROTO = Path.of("..", "proto", "src", "main", "protobuf");

  private Path wellKnown;
  private Standalone service;
  private GatewayClient client;

  /** Where a record stands and what kcat says of its headers. */
  private record Seen(String partition, String offset, String key, String headers) {
    static Seen of(String line) {
      String[] parts = line.split(" ", 4);
      return new Seen(parts[0], parts[1], parts[2], parts[3]);
    }
  }

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    wellKnown = folder.resolve("well-known");
    copyTimestamp(wellKnown);
    Path checkpoint = TinyModel.write(folder.resolve("checkpoint")).folder();
    service =
        Standalone.start(
            new StandaloneOptions(
                folder.resolve("data"),
                checkpoint,
                Ports.ANY,
                Optional.empty(),
                Map.of("anagama.kafka.job-partitions", "2")),
            Clock.systemUTC());
    client = GatewayClient.of(new ServerAddress("127.0.0.1", service.grpcPort()));
  }

  /** Debian has Google's own files in another package than protoc. */
  private static void copyTimestamp(Path folder) throws IOException {
    String name = "google/protobuf/timestamp.proto";
    Path copy = folder.resolve(name);
    Files.createDirectories(copy.getParent());
    try (InputStream file = Timestamp.class.getResourceAsStream("/" + name)) {
      Files.copy(Objects.requireNonNull(file, name), copy);
    }
  }

  @AfterAll
  void stop() {
    client.close();
    service.close();
  }

  @Test
  void kcatAndProtoc_succeededJob_sayWhatTheServiceSays(@TempDir Path folder) throws Exception {
    ForeignProgram kcat = ForeignProgram.require("kcat", folder, Map.of());
    ForeignProgram protoc = ForeignProgram.require("protoc", folder, Map.of());
    Job job = ended("foreign-1", JobSpec.newBuilder().setNumImages(3).setSeed(4).build());
    assertThat(job.getState()).isEqualTo(JobState.JOB_STATE_SUCCEEDED);

    List<Seen> ends =
        events(kcat).stream()
            .filter(seen -> seen.key().equals("foreign-1"))
            .filter(seen -> !seen.headers().contains("job.started"))
            .toList();
    assertThat(ends).hasSize(1);
    assertThat(ends.get(0).headers())
        .contains(
            "ce_id=foreign-1:succeeded",
            "ce_type=dev.anagama.job.succeeded.v1",
            "content-type=application/protobuf");

    String text = decoded(protoc, value(kcat, ends.get(0)));
    JobEvent event = TextFormat.parse(text, JobEvent.class);
    assertThat(text).contains("event_id: \"foreign-1:succeeded\"", "content_type: \"image/png\"");
    assertThat(event.getJobId()).isEqualTo(job.getId());
    assertThat(event.getOccurredAt()).isEqualTo(job.getEndedAt());
    assertThat(event.getSucceeded().getImagesList()).hasSize(3).isEqualTo(job.getImagesList());
    assertThat(event.getSucceeded().getProvenance()).isEqualTo(job.getProvenance());
  }

  @Test
  void kcatAndProtoc_canceledJob_sayWhatTheServiceSays(@TempDir Path folder) throws Exception {
    ForeignProgram kcat = ForeignProgram.require("kcat", folder, Map.of());
    ForeignProgram protoc = ForeignProgram.require("protoc", folder, Map.of());
    submit("foreign-2", JobSpec.newBuilder().setNumImages(64).setNumInferenceSteps(1000).build());
    client.cancel("foreign-2");
    assertThat(client.get("foreign-2", 60).getState()).isEqualTo(JobState.JOB_STATE_CANCELED);

    List<Seen> ends =
        events(kcat).stream()
            .filter(seen -> seen.headers().contains("ce_id=foreign-2:canceled"))
            .toList();
    assertThat(ends).hasSize(1);
    assertThat(decoded(protoc, value(kcat, ends.get(0)))).contains("canceled {", "reason: ");
  }

  /** Every committed event; -e ends at the end, -q keeps kcat's own words away. */
  private List<Seen> events(ForeignProgram kcat) throws Exception {
    return kcat.text(consume("-o", "beginning", "-e", "-f", "%p %o %k %h\\n"))
        .lines()
        .map(Seen::of)
        .toList();
  }

  /** The bytes of one event: its value, the whole value and nothing but the value. */
  private byte[] value(ForeignProgram kcat, Seen seen) throws Exception {
    return kcat.run(
        new byte[0], consume("-p", seen.partition(), "-o", seen.offset(), "-c", "1", "-f", "%s"));
  }

  private String[] consume(String... more) {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(
        List.of("-C", "-q", "-b", service.kafka().bootstrapServers(), "-t", Topics.EVENTS));
    arguments.addAll(List.of("-X", "isolation.level=read_committed"));
    arguments.addAll(List.of(more));
    return arguments.toArray(String[]::new);
  }

  private String decoded(ForeignProgram protoc, byte[] value) throws Exception {
    byte[] text =
        protoc.run(
            value,
            "--decode=anagama.v1.JobEvent",
            "--proto_path=" + PROTO,
            "--proto_path=" + wellKnown,
            "anagama/v1/events.proto");
    return new String(text, UTF_8);
  }

  private Job ended(String id, JobSpec spec) {
    submit(id, spec);
    Job job = client.get(id, 60);
    assertThat(job.hasEndedAt()).as(job.toString()).isTrue();
    return job;
  }

  private void submit(String id, JobSpec spec) {
    client.submit(SubmitJobRequest.newBuilder().setId(id).setSpec(spec).build());
  }
}
