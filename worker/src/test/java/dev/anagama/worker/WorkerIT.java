package dev.anagama.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.anagama.contract.DeadLetterHeaders;
import dev.anagama.contract.Topics;
import dev.anagama.diffusion.image.PngImages;
import dev.anagama.v1.CheckpointWithdrawn;
import dev.anagama.v1.ControlEvent;
import dev.anagama.v1.FailureCategory;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.JobEvent;
import dev.anagama.v1.JobFailed;
import dev.anagama.v1.JobProgress;
import dev.anagama.v1.JobRecord;
import dev.anagama.v1.StoredImage;
import dev.anagama.worker.control.ModelStatus;
import dev.anagama.worker.publish.JobRecords;
import java.awt.image.BufferedImage;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The worker against a real broker and files. */
class WorkerIT {
  @TempDir static Path folder;
  private static TestCluster cluster;

  @BeforeAll
  static void startCluster() throws Exception {
    cluster = new TestCluster(folder);
    cluster.publish("tiny", "1", 5);
  }

  @AfterAll
  static void stopCluster() {
    cluster.close();
  }

  @Test
  void jobs_becomePicturesARecordAndOneEventEach() throws Exception {
    cluster.submit("poison", new byte[] {1, 2, 3});
    cluster.submit(TestJobs.of("first-unknown", "nobody", 4));
    List<GenerationJob> jobs = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      jobs.add(TestJobs.with("first-" + i, TestJobs.spec("tiny").setNumImages(1 + i).setSeed(i)));
    }
    try (Worker worker = cluster.startWorker("w1")) {
      for (GenerationJob job : jobs) {
        cluster.submit(job);
      }
      awaitEnds("first-", 7);
      assertThat(worker.failure()).isEmpty();
      assertThat(served(worker, "tiny")).isEqualTo("1");
      assertThat(worker.report().networkRows()).isGreaterThanOrEqualTo(2 * 21 * 4);
    }

    for (GenerationJob job : jobs) {
      assertWhole(job, "1");
    }
    assertFailed("first-unknown", FailureCategory.FAILURE_CATEGORY_INVALID, "nobody");
    assertDeadLetter("poison", new byte[] {1, 2, 3});
    assertThat(started("first-0")).isEqualTo(1);
    JobProgress last = progress("first-5");
    assertThat(last.getImagesDone()).isEqualTo(6);
    assertThat(last.getStepsDone()).isEqualTo(4);
    assertThat(last.getStepsTotal()).isEqualTo(4);
    assertThat(last.getWorker()).isEqualTo("w1");
  }

  @Test
  void duplicatesOfAJob_areOneEvent() throws Exception {
    GenerationJob twice = TestJobs.of("dup-twice", "tiny", 60);
    GenerationJob later = TestJobs.of("dup-later", "tiny", 4);
    GenerationJob laterAgain =
        later.toBuilder().setAcceptedAt(later.getAcceptedAt().toBuilder().setNanos(8)).build();
    cluster.submit(twice);
    cluster.submit(twice);
    cluster.submit(later);
    try (Worker worker = cluster.startWorker("w1")) {
      awaitEnds("dup-", 2);
      cluster.submit(later);
      cluster.submit(laterAgain);
      cluster.submit(twice);
      cluster.submit(TestJobs.of("dup-last", "tiny", 4));
      awaitEnds("dup-", 3);
      assertThat(worker.failure()).isEmpty();
    }
    // Another life of the worker meets copies of jobs that it knows nothing of.
    cluster.submit(later);
    cluster.submit(laterAgain);
    cluster.submit(twice);
    cluster.submit(TestJobs.of("dup-after", "tiny", 4));
    try (Worker worker = cluster.startWorker("w2")) {
      awaitEnds("dup-", 4);
      assertThat(worker.failure()).isEmpty();
    }
    assertOneEndEach("dup-");
    assertWhole(twice, "1");
    assertWhole(later, "1");
  }

  @Test
  void jobThatADeadWorkerHasStored_isToldOnceAndNotDoneAgain() throws Exception {
    GenerationJob job = TestJobs.of("stored-1", "tiny", 4);
    JobEvent event =
        JobEvent.newBuilder()
            .setEventId("stored-1:failed")
            .setJobId("stored-1")
            .setTenant("default")
            .setOccurredAt(job.getAcceptedAt())
            .setFailed(JobFailed.newBuilder().setMessage("by a worker that has died"))
            .build();
    cluster.submit(job);
    cluster.submit(job);
    JobRecord record =
        JobRecord.newBuilder()
            .setJob(job)
            .setTerminalEvent(event)
            .setSource(cluster.sources("stored-1").get(0))
            .build();
    assertThat(new JobRecords(cluster.store).storeIfAbsent(record)).isTrue();
    cluster.submit(TestJobs.of("stored-last", "tiny", 4));

    try (Worker worker = cluster.startWorker("w1")) {
      awaitEnds("stored-", 2);
      assertThat(worker.failure()).isEmpty();
    }

    assertThat(ends("stored-").get("stored-1")).containsExactly(event);
    assertThat(started("stored-1")).isZero();
  }

  @Test
  void checkpoints_areTakenUpRefusedAndWithdrawnWhileRunning() throws Exception {
    cluster.publish("swap", "1", 5);
    try (Worker worker = cluster.startWorker("w1")) {
      GenerationJob running = TestJobs.of("swap-running", "swap", 600);
      cluster.submit(running);
      await().until(() -> started("swap-running") == 1);
      cluster.publish("swap", "2", 6);
      await().until(() -> served(worker, "swap").equals("2"));
      GenerationJob next = TestJobs.of("swap-next", "swap", 4);
      cluster.submit(next);
      awaitEnds("swap-", 2);
      assertWhole(running, "1");
      assertWhole(next, "2");

      cluster.announce("swap", "3", "0".repeat(64));
      await().until(() -> status(worker, "swap").refusal().isPresent());
      assertThat(status(worker, "swap").refusal().orElseThrow().reason())
          .contains("there is no object checkpoints/swap/3/manifest.json");
      assertRefused(worker, "swap", "4", "weights.safetensors");
      assertThat(served(worker, "swap")).isEqualTo("2");
      GenerationJob still = TestJobs.of("swap-still", "swap", 4);
      cluster.submit(still);
      awaitEnds("swap-", 3);
      assertWhole(still, "2");

      cluster.send(
          ControlEvent.newBuilder()
              .setModel("swap")
              .setWithdrawn(CheckpointWithdrawn.newBuilder().setReason("retired"))
              .build());
      await().until(() -> !worker.models().containsKey("swap"));
      cluster.submit(TestJobs.of("swap-late", "swap", 4));
      awaitEnds("swap-", 4);
      assertFailed("swap-late", FailureCategory.FAILURE_CATEGORY_INVALID, "retired");
      assertThat(worker.failure()).isEmpty();
    }
  }

  /** Publishes a checkpoint whose weights are cut short. */
  private static void assertRefused(Worker worker, String model, String version, String file)
      throws Exception {
    Path files = folder.resolve("cut");
    TinyCheckpoint.write(files, model, version, 7);
    String prefix = "checkpoints/" + model + "/" + version + "/";
    byte[] manifest = Files.readAllBytes(files.resolve("manifest.json"));
    cluster.store.put(prefix + file, new byte[] {1, 2, 3}, "application/octet-stream");
    cluster.store.put(prefix + "manifest.json", manifest, "application/json");
    cluster.announce(model, version, TestCluster.sha256(manifest));
    await()
        .until(
            () ->
                status(worker, model).refusal().stream()
                    .anyMatch(refusal -> refusal.version().equals(version)));
    assertThat(status(worker, model).refusal().orElseThrow().reason())
        .contains(file)
        .contains("SHA-256");
  }

  @Test
  void killedWorkers_leaveOneEndForEveryJob() throws Exception {
    Random random = new Random(11);
    List<GenerationJob> jobs =
        IntStream.range(0, 40)
            .mapToObj(
                i ->
                    TestJobs.with(
                        "kill-" + i,
                        TestJobs.spec("tiny")
                            .setNumImages(1 + i % 3)
                            .setNumInferenceSteps(60 + random.nextInt(140))))
            .toList();
    for (GenerationJob job : jobs) {
      cluster.submit(job);
      // A sender that is not sure sends again.
      cluster.submit(job);
    }
    for (int life = 0; life < 4; life++) {
      int before = ends("kill-").size();
      Process process = WorkerProcess.start(cluster.settings("killed"));
      try {
        // Long enough to have begun, and then at any moment.
        await().until(() -> ends("kill-").size() > Math.min(before, jobs.size() - 1));
        Thread.sleep(random.nextInt(700));
      } finally {
        process.destroyForcibly().waitFor();
      }
    }
    try (Worker worker = cluster.startWorker("killed")) {
      awaitEnds("kill-", jobs.size());
      cluster.submit(TestJobs.of("kill-last", "tiny", 4));
      awaitEnds("kill-", jobs.size() + 1);
      assertThat(worker.failure()).isEmpty();
    }
    assertOneEndEach("kill-");
    for (GenerationJob job : jobs) {
      assertWhole(job, "1");
    }
  }

  @Test
  void workersThatComeAndGo_shareTheJobs() throws Exception {
    List<GenerationJob> jobs =
        IntStream.range(0, 80).mapToObj(i -> TestJobs.of("share-" + i, "tiny", 40)).toList();
    Worker first = cluster.startWorker("w1");
    try {
      for (GenerationJob job : jobs) {
        cluster.submit(job);
      }
      await().until(() -> ends("share-").size() > 5);
      try (Worker second = cluster.startWorker("w2")) {
        await().until(() -> ends("share-").size() > 20);
        first.close();
        awaitEnds("share-", jobs.size());
        assertThat(second.failure()).isEmpty();
      }
    } finally {
      first.close();
    }
    assertOneEndEach("share-");
    for (GenerationJob job : jobs) {
      assertWhole(job, "1");
    }
  }

  @Test
  void brokerThatGoesAndComesBack_losesAndRepeatsNothing() throws Exception {
    List<GenerationJob> jobs =
        IntStream.range(0, 40).mapToObj(i -> TestJobs.of("gone-" + i, "tiny", 60)).toList();
    try (Worker worker = cluster.startWorker("w1")) {
      for (GenerationJob job : jobs) {
        cluster.submit(job);
      }
      await().until(() -> ends("gone-").size() > 2);
      cluster.stopBroker();
      // Away for longer than a worker waits before it tries again.
      Thread.sleep(3000);
      cluster.startBrokerAgain();
      awaitEnds("gone-", jobs.size());
      assertThat(worker.failure()).isEmpty();
    }
    assertOneEndEach("gone-");
  }

  @Test
  void close_finishesWhatRunsAndHandsBackTheRest() throws Exception {
    // Many seconds of work: far from done when the first is seen to have begun.
    int jobs = 24;
    try (Worker worker = cluster.startWorker("w1")) {
      for (int i = 0; i < jobs; i++) {
        cluster.submit(TestJobs.of("close-" + i, "tiny", 600));
      }
      await().until(() -> started("close-0") == 1);
      assertThat(worker.failure()).isEmpty();
    }
    int ended = ends("close-").size();
    assertThat(ended).isBetween(1, jobs - 1);
    try (Worker worker = cluster.startWorker("w2")) {
      awaitEnds("close-", jobs);
      assertThat(worker.failure()).isEmpty();
    }
    assertOneEndEach("close-");
  }

  private static void awaitEnds(String prefix, int count) {
    ConditionFactory wait = await().pollInterval(Duration.ofMillis(300));
    wait.untilAsserted(() -> assertThat(ends(prefix)).hasSizeGreaterThanOrEqualTo(count));
  }

  private static Map<String, List<JobEvent>> ends(String prefix) throws Exception {
    Map<String, List<JobEvent>> ends = new HashMap<>(cluster.ends());
    ends.keySet().removeIf(id -> !id.startsWith(prefix));
    return ends;
  }

  private static void assertOneEndEach(String prefix) throws Exception {
    assertThat(ends(prefix)).allSatisfy((id, ends) -> assertThat(ends).as(id).hasSize(1));
  }

  private static ModelStatus status(Worker worker, String model) {
    return Objects.requireNonNull(worker.models().get(model));
  }

  private static String served(Worker worker, String model) {
    return status(worker, model).servedVersion().orElse("");
  }

  private static long started(String id) throws Exception {
    long count = 0;
    for (ConsumerRecord<String, byte[]> record : cluster.read(Topics.EVENTS)) {
      JobEvent event = JobEvent.parseFrom(record.value());
      count += event.hasStarted() && event.getJobId().equals(id) ? 1 : 0;
    }
    return count;
  }

  private static JobProgress progress(String id) throws Exception {
    JobProgress last = JobProgress.getDefaultInstance();
    for (ConsumerRecord<String, byte[]> record : cluster.read(Topics.PROGRESS)) {
      if (Objects.equals(record.key(), id)) {
        last = JobProgress.parseFrom(record.value());
      }
    }
    return last;
  }

  /** One terminal event, the record that holds it, and the pictures that it names. */
  private static void assertWhole(GenerationJob job, String version) throws Exception {
    List<JobEvent> ends = Objects.requireNonNull(cluster.ends().get(job.getJobId()));
    assertThat(ends).as(job.getJobId()).hasSize(1);
    JobEvent end = ends.get(0);
    assertThat(end.getEventId()).isEqualTo(job.getJobId() + ":succeeded");
    JobRecord record = cluster.record(job.getJobId());
    assertThat(record.getJob()).isEqualTo(job);
    assertThat(record.getTerminalEvent()).isEqualTo(end);
    assertThat(end.getSucceeded().getProvenance().getCheckpointVersion()).isEqualTo(version);
    assertThat(end.getSucceeded().getImagesCount()).isEqualTo(job.getSpec().getNumImages());
    for (StoredImage image : end.getSucceeded().getImagesList()) {
      byte[] png = Files.readAllBytes(Path.of(URI.create(image.getUri())));
      assertThat(TestCluster.sha256(png)).isEqualTo(image.getSha256());
      assertThat(png.length).isEqualTo(image.getSizeBytes());
      BufferedImage picture = PngImages.decode(png);
      assertThat(picture.getWidth()).isEqualTo(image.getWidth()).isEqualTo(TinyCheckpoint.SIDE);
      assertThat(picture.getHeight()).isEqualTo(image.getHeight()).isEqualTo(TinyCheckpoint.SIDE);
    }
  }

  private static void assertFailed(String id, FailureCategory category, String message)
      throws Exception {
    List<JobEvent> ends = Objects.requireNonNull(cluster.ends().get(id));
    assertThat(ends).hasSize(1);
    assertThat(ends.get(0).getFailed().getCategory()).isEqualTo(category);
    assertThat(ends.get(0).getFailed().getMessage()).contains(message);
    assertThat(cluster.record(id).getTerminalEvent()).isEqualTo(ends.get(0));
  }

  private static void assertDeadLetter(String key, byte[] value) {
    List<ConsumerRecord<String, byte[]>> letters =
        cluster.read(Topics.DEAD_LETTERS).stream().filter(r -> key.equals(r.key())).toList();
    assertThat(letters).hasSize(1);
    assertThat(letters.get(0).value()).isEqualTo(value);
    assertThat(header(letters.get(0), DeadLetterHeaders.REASON)).contains("not a GenerationJob");
    assertThat(header(letters.get(0), DeadLetterHeaders.SOURCE_TOPIC)).isEqualTo(Topics.JOBS);
    assertThat(header(letters.get(0), DeadLetterHeaders.SOURCE_PARTITION)).matches("[0-3]");
    assertThat(header(letters.get(0), DeadLetterHeaders.SOURCE_OFFSET)).isEqualTo("0");
  }

  private static String header(ConsumerRecord<String, byte[]> record, String name) {
    return new String(record.headers().lastHeader(name).value(), UTF_8);
  }
}
