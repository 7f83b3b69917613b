package dev.anagama.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import dev.anagama.contract.DeadLetterHeaders;
import dev.anagama.contract.Topics;
import dev.anagama.v1.FailureCategory;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.JobEvent;
import dev.anagama.v1.Priority;
import dev.anagama.v1.RecordSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attempts, dead letters, priorities and partitions that move, against a real broker. */
class DeliveryIT {
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
  void copiesInSeveralTopics_areOneEvent() throws Exception {
    GenerationJob job = TestJobs.of("copy-1", "tiny", 900);
    try (Worker first = cluster.startWorker("w1");
        Worker second = cluster.startWorker("w2")) {
      for (String topic : Topics.ALL_JOBS) {
        cluster.submit(topic, job.getJobId(), job.toByteArray());
      }
      cluster.submit(job);
      awaitEnds("copy-", 1);
      cluster.submit(Topics.JOBS_BATCH, job.getJobId(), job.toByteArray());
      cluster.submit(Topics.JOBS_BATCH, "copy-last", batch("copy-last").toByteArray());
      awaitEnds("copy-", 2);
      await().until(() -> first.report().networkRows() + second.report().networkRows() > 0);
    }
    // Nothing is left for another life to tell.
    try (Worker third = cluster.startWorker("w3")) {
      cluster.submit(TestJobs.of("copy-after", "tiny", 4));
      awaitEnds("copy-", 3);
      assertThat(third.failure()).isEmpty();
    }
    assertOneEndEach("copy-");
    RecordSource source = cluster.record("copy-1").getSource();
    assertThat(cluster.sources("copy-1")).hasSize(5).contains(source);
  }

  @Test
  void jobThatKillsItsWorkers_isGivenUp_andItsNeighboursAreNot() throws Exception {
    // The killer is what this test kills the process for.
    GenerationJob killer =
        TestJobs.with(
            "deadly-killer", TestJobs.spec("tiny").setNumImages(64).setNumInferenceSteps(1000));
    List<GenerationJob> neighbours =
        IntStream.range(0, 6).mapToObj(i -> TestJobs.of("deadly-" + i, "tiny", 1000)).toList();
    cluster.submit(killer);
    for (GenerationJob job : neighbours) {
      cluster.submit(job);
    }
    for (int life = 1; life <= 4; life++) {
      int lives = life;
      Process process = WorkerProcess.start(cluster.settings("deadly"));
      try {
        await().until(() -> started("deadly-killer") == lives);
      } finally {
        process.destroyForcibly().waitFor();
      }
      assertThat(ends("deadly-")).doesNotContainKey("deadly-killer");
    }
    try (Worker worker = cluster.startWorker("deadly")) {
      awaitEnds("deadly-", 7);
      assertThat(worker.failure()).isEmpty();
    }
    assertOneEndEach("deadly-");
    for (GenerationJob job : neighbours) {
      assertThat(end(job.getJobId()).hasSucceeded()).as(job.getJobId()).isTrue();
    }
    assertThat(end("deadly-killer").getFailed().getCategory())
        .isEqualTo(FailureCategory.FAILURE_CATEGORY_INTERNAL);
    assertThat(end("deadly-killer").getFailed().getMessage()).contains("begun 4 times");
    assertThat(started("deadly-killer")).isEqualTo(4);
    assertLetter(killer, "internal", 4);
  }

  @Test
  void orderlyRestarts_areNotCountedAgainstAJob() throws Exception {
    GenerationJob job =
        TestJobs.with(
            "restart-1", TestJobs.spec("tiny").setNumImages(64).setNumInferenceSteps(600));
    cluster.submit(job);
    for (int life = 1; life <= 5; life++) {
      int lives = life;
      try (Worker worker = cluster.startWorker("w1", Map.of("anagama.worker.grace-seconds", "0"))) {
        await().until(() -> started("restart-1") == lives);
        assertThat(worker.failure()).isEmpty();
      }
      assertThat(ends("restart-")).isEmpty();
    }
    try (Worker worker = cluster.startWorker("w1")) {
      awaitEnds("restart-", 1);
      assertThat(worker.failure()).isEmpty();
    }
    assertThat(end("restart-1").hasSucceeded()).isTrue();
  }

  @Test
  void modelThatCanNotBeLoaded_isTriedAgain_andThenTheJobIsGivenUp() throws Exception {
    GenerationJob job = TestJobs.of("refused-1", "broken", 4);
    GenerationJob later = TestJobs.of("refused-mended", "mended", 4);
    cluster.publishDamaged("broken", "1", 7);
    cluster.publishDamaged("mended", "1", 7);
    try (Worker worker = cluster.startWorker("w1")) {
      cluster.submit(job);
      cluster.submit(later);
      await().until(() -> cluster.partitionsAtWork() > 0);
      cluster.publish("mended", "2", 7);
      awaitEnds("refused-", 2);
      assertThat(worker.failure()).isEmpty();
    }
    assertOneEndEach("refused-");
    assertThat(end("refused-mended").hasSucceeded()).isTrue();
    assertThat(end("refused-1").getFailed().getCategory())
        .isEqualTo(FailureCategory.FAILURE_CATEGORY_UNAVAILABLE);
    assertThat(end("refused-1").getFailed().getDeadLettered()).isTrue();
    assertLetter(job, "unavailable", 4);
  }

  @Test
  void unknownModel_isInvalid_andAmongTheDeadLetters() throws Exception {
    GenerationJob job = TestJobs.of("nobody-1", "nobody", 4);
    cluster.submit(job);
    try (Worker worker = cluster.startWorker("w1")) {
      awaitEnds("nobody-", 1);
      assertThat(worker.failure()).isEmpty();
    }
    assertThat(end("nobody-1").getFailed().getCategory())
        .isEqualTo(FailureCategory.FAILURE_CATEGORY_INVALID);
    assertLetter(job, "invalid", 1);
  }

  @Test
  void interactiveJob_passesAFloodOfBatch_whichGoesOn() throws Exception {
    int flood = 300;
    for (int i = 0; i < flood; i++) {
      GenerationJob job = batch("flood-" + i);
      cluster.submit(Topics.JOBS_BATCH, job.getJobId(), job.toByteArray());
    }
    try (Worker worker = cluster.startWorker("w1")) {
      await().until(() -> ends("flood-").size() > 5);
      GenerationJob urgent =
          TestJobs.with(
              "urgent-1", TestJobs.spec("tiny").setPriority(Priority.PRIORITY_INTERACTIVE));
      Timestamp asked = Timestamps.now();
      cluster.submit(Topics.JOBS_INTERACTIVE, urgent.getJobId(), urgent.toByteArray());
      awaitEnds("urgent-", 1);
      awaitEnds("flood-", flood);
      assertThat(worker.failure()).isEmpty();
      assertThat(endedBetween("flood-", asked, end("urgent-1").getOccurredAt()))
          .isLessThan(flood / 2);
    }
    assertOneEndEach("flood-");
  }

  @Test
  void partitionsThatMove_redoOnlyTheirOwnUnfinishedJobs() throws Exception {
    List<GenerationJob> jobs =
        IntStream.range(0, 24).mapToObj(i -> TestJobs.of("move-" + i, "tiny", 1000)).toList();
    try (Worker first = cluster.startWorker("w1")) {
      for (GenerationJob job : jobs) {
        cluster.submit(job);
      }
      await().until(() -> first.report().networkRows() > 200);
      try (Worker second = cluster.startWorker("w2")) {
        awaitEnds("move-", jobs.size());
        assertThat(first.failure()).isEmpty();
        assertThat(second.failure()).isEmpty();
      }
    }
    assertOneEndEach("move-");
    Map<Integer, Set<Long>> startsByPartition = new HashMap<>();
    for (GenerationJob job : jobs) {
      long starts = started(job.getJobId());
      assertThat(starts).as(job.getJobId()).isBetween(1L, 2L);
      startsByPartition
          .computeIfAbsent(
              cluster.sources(job.getJobId()).get(0).getPartition(), p -> new HashSet<>())
          .add(starts);
    }
    // Those that stayed were not disturbed.
    assertThat(startsByPartition.values()).contains(Set.of(1L));
  }

  @Test
  void workLongerThanThePollInterval_losesNoPartition() throws Exception {
    Duration interval = Duration.ofSeconds(3);
    List<String> ids = IntStream.range(0, 10).mapToObj(i -> "long-" + i).toList();
    Map<String, String> own =
        Map.of(
            "anagama.kafka.properties.\"max.poll.interval.ms\"",
            Long.toString(interval.toMillis()),
            // Full from the first jobs on.
            "anagama.worker.waiting-jobs-limit",
            "1");
    Timestamp begun;
    try (Worker worker = cluster.startWorker("w1", own)) {
      begun = Timestamps.now();
      for (String id : ids) {
        cluster.submit(
            TestJobs.with(id, TestJobs.spec("tiny").setNumImages(8).setNumInferenceSteps(1000)));
      }
      awaitEnds("long-", ids.size());
      assertThat(worker.failure()).isEmpty();
    }
    assertOneEndEach("long-");
    for (String id : ids) {
      assertThat(started(id)).as(id).isEqualTo(1);
    }
    Timestamp soon = Timestamps.add(begun, Durations.fromMillis(interval.toMillis()));
    assertThat(endedBetween("long-", begun, soon)).isLessThan(ids.size());
  }

  @Test
  void cancelThatRacesWithTheEnd_leavesOneOfThem() throws Exception {
    Random random = new Random(3);
    try (Worker worker = cluster.startWorker("w1")) {
      // One that can only have succeeded, and one that can only be cancelled.
      cluster.submit(TestJobs.of("race-won", "tiny", 1));
      awaitEnds("race-won", 1);
      cluster.cancel("race-won");
      cluster.cancel("race-lost");
      cluster.submit(
          TestJobs.with(
              "race-lost", TestJobs.spec("tiny").setNumImages(64).setNumInferenceSteps(1000)));
      for (int i = 0; i < 40; i++) {
        cluster.submit(TestJobs.of("race-" + i, "tiny", 1 + random.nextInt(30)));
        Thread.sleep(random.nextInt(60));
        cluster.cancel("race-" + i);
      }
      awaitEnds("race-", 42);
      assertThat(worker.failure()).isEmpty();
    }
    try (Worker worker = cluster.startWorker("w2")) {
      cluster.submit(TestJobs.of("race-last", "tiny", 4));
      awaitEnds("race-", 43);
      assertThat(worker.failure()).isEmpty();
    }
    assertOneEndEach("race-");
    Set<JobEvent.FactCase> facts = new HashSet<>();
    for (Map.Entry<String, List<JobEvent>> end : ends("race-").entrySet()) {
      facts.add(end.getValue().get(0).getFactCase());
      assertThat(cluster.record(end.getKey()).getTerminalEvent()).isEqualTo(end.getValue().get(0));
    }
    assertThat(facts)
        .containsExactlyInAnyOrder(JobEvent.FactCase.SUCCEEDED, JobEvent.FactCase.CANCELED);
  }

  private static GenerationJob batch(String id) {
    return TestJobs.with(
        id, TestJobs.spec("tiny").setNumInferenceSteps(60).setPriority(Priority.PRIORITY_BATCH));
  }

  private static void awaitEnds(String prefix, int count) {
    await()
        .pollInterval(Duration.ofMillis(300))
        .untilAsserted(() -> assertThat(ends(prefix)).hasSizeGreaterThanOrEqualTo(count));
  }

  private static Map<String, List<JobEvent>> ends(String prefix) throws Exception {
    Map<String, List<JobEvent>> ends = new HashMap<>(cluster.ends());
    ends.keySet().removeIf(id -> !id.startsWith(prefix));
    return ends;
  }

  private static JobEvent end(String id) throws Exception {
    return Objects.requireNonNull(cluster.ends().get(id)).get(0);
  }

  private static long endedBetween(String prefix, Timestamp from, Timestamp to) throws Exception {
    return ends(prefix).values().stream()
        .map(events -> events.get(0).getOccurredAt())
        .filter(at -> Timestamps.compare(at, from) >= 0 && Timestamps.compare(at, to) <= 0)
        .count();
  }

  private static void assertOneEndEach(String prefix) throws Exception {
    assertThat(ends(prefix)).allSatisfy((id, ends) -> assertThat(ends).as(id).hasSize(1));
  }

  private static long started(String id) throws Exception {
    long count = 0;
    for (ConsumerRecord<String, byte[]> record : cluster.read(Topics.EVENTS)) {
      JobEvent event = JobEvent.parseFrom(record.value());
      count += event.hasStarted() && event.getJobId().equals(id) ? 1 : 0;
    }
    return count;
  }

  private static void assertLetter(GenerationJob job, String category, int attempts) {
    List<ConsumerRecord<String, byte[]>> letters = new ArrayList<>();
    for (ConsumerRecord<String, byte[]> letter : cluster.read(Topics.DEAD_LETTERS)) {
      if (job.getJobId().equals(letter.key())) {
        letters.add(letter);
      }
    }
    assertThat(letters).hasSize(1);
    assertThat(letters.get(0).value()).isEqualTo(job.toByteArray());
    RecordSource source = cluster.sources(job.getJobId()).get(0);
    assertThat(header(letters, DeadLetterHeaders.CATEGORY)).isEqualTo(category);
    assertThat(header(letters, DeadLetterHeaders.ATTEMPTS)).isEqualTo(Integer.toString(attempts));
    assertThat(header(letters, DeadLetterHeaders.SOURCE_TOPIC)).isEqualTo(source.getTopic());
    assertThat(header(letters, DeadLetterHeaders.SOURCE_OFFSET))
        .isEqualTo(Long.toString(source.getOffset()));
    assertThat(header(letters, DeadLetterHeaders.GIVEN_UP_AT)).startsWith("20").endsWith("Z");
  }

  private static String header(List<ConsumerRecord<String, byte[]>> letters, String name) {
    return new String(letters.get(0).headers().lastHeader(name).value(), UTF_8);
  }
}
