package dev.anagama.deploy.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import com.google.protobuf.util.Timestamps;
import dev.anagama.bench.TinyModel;
import dev.anagama.contract.DeadLetterHeaders;
import dev.anagama.contract.Topics;
import dev.anagama.deploy.client.GatewayClient;
import dev.anagama.deploy.client.ServerAddress;
import dev.anagama.deploy.demo.TerminalEvents;
import dev.anagama.deploy.standalone.Standalone;
import dev.anagama.deploy.standalone.StandaloneOptions;
import dev.anagama.deploy.standalone.StandaloneOptions.Ports;
import dev.anagama.platform.kafka.KafkaEnds;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.Job;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.JobState;
import dev.anagama.v1.Priority;
import dev.anagama.v1.Sampler;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Dead letters of a service that runs: made by its worker, or laid there in its place. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(600)
final class DeadLettersIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration LIMIT = Duration.ofMinutes(3);

  private Standalone service;
  private GatewayClient client;
  private Producer<String, byte[]> producer;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
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
    producer = KafkaEnds.producer(service.kafka(), "test");
  }

  @AfterAll
  void stop() {
    producer.close(Duration.ofSeconds(5));
    client.close();
    service.close();
  }

  @Test
  void undecodableRecord_isListedShownAndSentAgain() throws Exception {
    byte[] poison = {1, 2, 3};
    producer.send(new ProducerRecord<>(Topics.JOBS, "poison", poison)).get();
    String place = awaitLetter("poison").get("place").asText();

    assertThat(call("show", place, "--json")).isZero();
    JsonNode letter = JSON.readTree(out.toString());
    assertThat(letter.get("reason").asText()).contains("not a GenerationJob");
    assertThat(letter.get("source").get("topic").asText()).isEqualTo(Topics.JOBS);
    assertThat(letter.get("value_base64").binaryValue()).isEqualTo(poison);
    assertThat(letter.has("job_id")).isFalse();

    assertThat(call("show", place)).isZero();
    assertThat(out.toString()).contains("no job; 3 bytes", "01 02 03", "anagama-reason: ");

    assertThat(call("replay", place)).isEqualTo(2);
    assertThat(err.toString().lines()).hasSize(1);
    assertThat(err.toString()).contains(place, "it holds no job", "--undecodable");
    assertThat(call("replay", place, "--undecodable", "--dry-run")).isZero();
    assertThat(out.toString()).contains("would replay 1");
    assertThat(list("--reason-contains=not a generationjob")).hasSize(1);

    // What is still undecodable comes back, as it was, and blocks nothing.
    assertThat(call("replay", place, "--undecodable")).isZero();
    assertThat(out.toString()).contains(place + ": as it came on " + Topics.JOBS, "replayed 1");
    await()
        .atMost(LIMIT)
        .until(() -> list("--reason-contains=not a generationjob"), l -> l.size() == 2);
  }

  @Test
  void jobOfAnUnknownModel_isALetterOfItsWorker() throws Exception {
    GenerationJob job = job("strange", "unheard-of", Instant.MAX);
    producer.send(new ProducerRecord<>(Topics.JOBS, "strange", job.toByteArray())).get();
    JsonNode letter = awaitLetter("strange");
    assertThat(letter.get("job_id").asText()).isEqualTo("strange");
    assertThat(letter.get("model").asText()).isEqualTo("unheard-of");
    assertThat(letter.get("category").asText()).isEqualTo("invalid");
    assertThat(letter.get("reason").asText()).contains("unheard-of");
    assertThat(letter.get("worker").asText()).isNotEmpty();
    assertThat(Instant.parse(letter.get("given_up_at").asText()))
        .isAfter(Instant.now().minusSeconds(600));

    // Nobody serves the model yet, so the new job is given up as well, under its own id.
    assertThat(call("replay", letter.get("place").asText(), "--json")).isZero();
    String id = JSON.readTree(out.toString()).get("replayed").get(0).get("new_job_id").asText();
    assertThat(ended(id).getState()).isEqualTo(JobState.JOB_STATE_FAILED);
    assertThat(awaitLetter(id).get("reason").asText()).contains("unheard-of");
    assertThat(ended("strange").getState()).isEqualTo(JobState.JOB_STATE_FAILED);
  }

  @Test
  void job_sentAgain_isDoneOnceUnderANewId() throws Exception {
    GenerationJob job = job("given-up", TinyModel.NAME, Instant.now().minusSeconds(5));
    String place = layLetter(job, "unavailable", "the store was away");

    assertThat(call("replay", place, "--json")).isZero();
    JsonNode report = JSON.readTree(out.toString());
    assertThat(report.get("left")).isEmpty();
    assertThat(report.get("replayed")).hasSize(1);
    JsonNode replayed = report.get("replayed").get(0);
    assertThat(replayed.get("job_id").asText()).isEqualTo("given-up");
    assertThat(replayed.get("deadline_dropped").asBoolean()).isTrue();
    String id = replayed.get("new_job_id").asText();

    assertThat(call("replay", place)).isZero();
    assertThat(out.toString()).contains("job given-up again as " + id);
    assertThat(ended(id).getState()).isEqualTo(JobState.JOB_STATE_SUCCEEDED);
    assertThat(call("replay", place, "--json")).isZero();
    assertThat(JSON.readTree(out.toString()).get("replayed").get(0).get("new_job_id").asText())
        .isEqualTo(id);

    // The two records behind the first end in silence.
    await()
        .during(Duration.ofSeconds(3))
        .atMost(LIMIT)
        .untilAsserted(
            () -> assertThat(TerminalEvents.byJob(service.kafka())).containsEntry(id, 1));
  }

  @Test
  void all_narrowed_sendsThoseThatAreMeant() throws Exception {
    layLetter(job("internal-1", TinyModel.NAME, Instant.MAX), "internal", "defect A");
    layLetter(job("internal-2", TinyModel.NAME, Instant.MAX), "internal", "defect B");

    assertThat(call("replay", "--all", "--category=internal", "--reason-contains=t b", "--dry-run"))
        .isZero();
    assertThat(out.toString()).contains("job internal-2 again as", "would replay 1, left 0");

    assertThat(call("replay", "--all", "--category=internal", "--json")).isZero();
    JsonNode replayed = JSON.readTree(out.toString()).get("replayed");
    assertThat(replayed).hasSize(2);
    for (JsonNode one : replayed) {
      assertThat(ended(one.get("new_job_id").asText()).getState())
          .isEqualTo(JobState.JOB_STATE_SUCCEEDED);
    }
  }

  @Test
  void list_newestFirst_asTextAndJson() throws Exception {
    layLetter(job("list-1", "gone", Instant.MAX), "invalid", "no model 'gone' \u001b[31m");
    layLetter(job("list-2", "gone", Instant.MAX), "invalid", "no model 'gone'");

    List<JsonNode> letters = list("--category=invalid", "--reason-contains=GONE");
    assertThat(letters).extracting(l -> l.get("job_id").asText()).startsWith("list-2", "list-1");
    JsonNode letter = letters.get(0);
    assertThat(letter.get("tenant").asText()).isEqualTo("default");
    assertThat(letter.get("model").asText()).isEqualTo("gone");
    assertThat(letter.get("attempts").asInt()).isEqualTo(4);
    assertThat(letter.get("worker").asText()).isEqualTo("w1");
    assertThat(letter.get("given_up_at").asText()).matches("20[0-9]{2}-.*Z");

    assertThat(call("list", "--reason-contains=gone", "--limit=1")).isZero();
    assertThat(out.toString().lines().toList()).hasSize(3);
    assertThat(out.toString())
        .startsWith("PLACE")
        .contains("list-2", "invalid", "the newest 1 of 2")
        .doesNotContain("list-1", "\u001b");

    assertThat(call("list", "--reason-contains=nothing such")).isZero();
    assertThat(out.toString().strip()).isEqualTo("no dead letters");
  }

  @Test
  void letterOfAnEarlierVersion_hasBlanks() throws Exception {
    ProducerRecord<String, byte[]> old =
        new ProducerRecord<>(
            Topics.DEAD_LETTERS, "old", job("old", "tiny", Instant.MAX).toByteArray());
    old.headers().add(DeadLetterHeaders.REASON, "an old reason".getBytes(UTF_8));
    String place = "0:" + producer.send(old).get().offset();

    List<JsonNode> letters = list("--reason-contains=an old reason");
    assertThat(letters).hasSize(1);
    assertThat(letters.get(0).get("place").asText()).isEqualTo(place);
    assertThat(letters.get(0).has("category")).isFalse();
    assertThat(letters.get(0).has("attempts")).isFalse();
    assertThat(call("show", place)).isZero();
    assertThat(out.toString()).contains("\"model\" : \"tiny\"", "anagama-reason: an old reason");
  }

  @Test
  void placeThatIsNot_isSaid() {
    assertThat(call("show", "0:99999")).isEqualTo(1);
    assertThat(err.toString().lines()).hasSize(1);
    assertThat(err.toString()).contains("there is no dead letter 0:99999");
    assertThat(call("replay", "7:0")).isEqualTo(1);
    assertThat(err.toString()).contains("there is no dead letter 7:0");
  }

  @Test
  void noLimit_isRefused() {
    assertThat(call("list", "--limit=0")).isEqualTo(2);
    assertThat(err.toString()).contains("limit is 0; allowed: 1 to 10000");
  }

  private JsonNode awaitLetter(String key) {
    List<JsonNode> found = new ArrayList<>();
    await()
        .atMost(LIMIT)
        .until(
            () -> {
              list().stream().filter(l -> key.equals(l.path("key").asText())).forEach(found::add);
              return !found.isEmpty();
            });
    return found.get(0);
  }

  private List<JsonNode> list(String... options) throws IOException {
    List<String> args = new ArrayList<>(List.of("list", "--json"));
    args.addAll(List.of(options));
    assertThat(call(args.toArray(String[]::new))).as(err.toString()).isZero();
    List<JsonNode> letters = new ArrayList<>();
    JsonNode json = JSON.readTree(out.toString());
    json.get("dead_letters").forEach(letters::add);
    assertThat(json.get("matching").asInt()).isEqualTo(letters.size());
    return letters;
  }

  private int call(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    List<String> all = new ArrayList<>(List.of("dead-letters"));
    all.addAll(List.of(args));
    all.add("--set=anagama.kafka.bootstrap-servers=" + service.kafka().bootstrapServers());
    return Main.run(
        new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
  }

  private Job ended(String id) {
    await().atMost(LIMIT).ignoreExceptions().until(() -> client.get(id, 0).getId().equals(id));
    Job job = client.get(id, 60);
    assertThat(job.hasEndedAt()).as(job.toString()).isTrue();
    return job;
  }

  /** Puts a letter where a worker would and returns its place. */
  private String layLetter(GenerationJob job, String category, String reason) throws Exception {
    ProducerRecord<String, byte[]> letter =
        new ProducerRecord<>(Topics.DEAD_LETTERS, job.getJobId(), job.toByteArray());
    Map.of(
            DeadLetterHeaders.REASON,
            reason,
            DeadLetterHeaders.SOURCE_TOPIC,
            Topics.JOBS,
            DeadLetterHeaders.SOURCE_PARTITION,
            "1",
            DeadLetterHeaders.SOURCE_OFFSET,
            "12",
            DeadLetterHeaders.ATTEMPTS,
            "4",
            DeadLetterHeaders.CATEGORY,
            category,
            DeadLetterHeaders.WORKER,
            "w1",
            DeadLetterHeaders.GIVEN_UP_AT,
            Instant.now().toString())
        .forEach((name, value) -> letter.headers().add(name, value.getBytes(UTF_8)));
    var written = producer.send(letter).get();
    return written.partition() + ":" + written.offset();
  }

  /** A job as a gateway makes it, with a deadline unless that is {@link Instant#MAX}. */
  private static GenerationJob job(String id, String model, Instant deadline) {
    JobSpec.Builder spec =
        JobSpec.newBuilder()
            .setModel(model)
            .setClassLabel(1)
            .setNumImages(1)
            .setSeed(5)
            .setNumInferenceSteps(3)
            .setGuidanceScale(1)
            .setSampler(Sampler.SAMPLER_DDIM)
            .setPriority(Priority.PRIORITY_STANDARD);
    if (!deadline.equals(Instant.MAX)) {
      spec.setDeadline(Timestamps.fromMillis(deadline.toEpochMilli()));
    }
    return GenerationJob.newBuilder()
        .setJobId(id)
        .setTenant("default")
        .setSpec(spec)
        .setRequestSha256(ByteString.copyFrom(new byte[32]))
        .setAcceptedAt(Timestamps.fromMillis(System.currentTimeMillis() - 60_000))
        .build();
  }
}
