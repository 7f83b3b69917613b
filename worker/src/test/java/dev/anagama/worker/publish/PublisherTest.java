package dev.anagama.worker.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Timestamp;
import dev.anagama.contract.Topics;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.platform.config.Retention;
import dev.anagama.platform.objectstore.FileObjectStore;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.platform.objectstore.Sha256;
import dev.anagama.v1.FailureCategory;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.JobEvent;
import dev.anagama.v1.JobFailed;
import dev.anagama.v1.JobRecord;
import dev.anagama.v1.Provenance;
import dev.anagama.v1.StoredImage;
import dev.anagama.worker.TestJobs;
import dev.anagama.worker.retry.Backoff;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublisherTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private static final GenerationJob JOB = TestJobs.of("j1", "m", 4);

  @TempDir Path folder;
  private final Outcomes outcomes = new Outcomes(10);
  private final PartitionLease lease = new PartitionLease(new TopicPartition(Topics.JOBS, 0));
  private final Random random = new Random(1);

  /** Pauses that were made before another try. */
  private final AtomicInteger pauses = new AtomicInteger();

  private ObjectStore store;
  private Publisher publisher;

  @BeforeAll
  static void waitForSlowMachines() {
    Awaitility.setDefaultTimeout(Duration.ofMinutes(2));
  }

  @BeforeEach
  void open() {
    store = new FileObjectStore(folder);
    publisher =
        new Publisher(
            store,
            outcomes,
            2,
            new Backoff(5, 20, this::pause),
            Clock.fixed(NOW, ZoneOffset.UTC),
            Retention.of("30d"));
  }

  private long pause() {
    pauses.incrementAndGet();
    return random.nextLong();
  }

  @AfterEach
  void close() {
    publisher.close();
    store.close();
  }

  @Test
  void generatedJob_tellsHowLongItsResultsAreKept() {
    publisher.publish(generated(0.5f));

    assertThat(nextEnd().record().getTerminalEvent().getSucceeded().getResultsExpireAt())
        .isEqualTo(EventTime.of(NOW.plus(Duration.ofDays(30))));
  }

  @Test
  void generatedJob_isStoredWholeBeforeItsEndIsHandedOn() {
    publisher.publish(generated(0.5f));

    StoredEnd end = nextEnd();
    JobEvent event = end.record().getTerminalEvent();
    assertThat(end.record().getSource()).isEqualTo(taken().source());
    assertThat(event.getEventId()).isEqualTo("j1:succeeded");
    assertThat(event.getOccurredAt().getSeconds()).isEqualTo(NOW.getEpochSecond());
    assertThat(event.getSucceeded().getImages(0).getKey()).isEqualTo("results/default/j1/0.png");
    assertThat(store.get("results/default/j1/0.png")).isPresent();
    assertThat(new JobRecords(store).find(JOB)).contains(end.record());
    await().until(() -> publisher.jobsHeld() == 0 && publisher.imagesHeld() == 0);
    assertThat(outcomes.unsettled()).isEqualTo(1);
  }

  @Test
  void failedJob_hasARecordToo() {
    publisher.publish(failed("model is gone"));

    JobEvent event = nextEnd().record().getTerminalEvent();
    assertThat(event.getEventId()).isEqualTo("j1:failed");
    assertThat(event.getFailed().getMessage()).isEqualTo("model is gone");
  }

  @Test
  void failedAttempt_isHandedOnAndNotStored() {
    JobFailed reason = JobFailed.newBuilder().setMessage("a device was lost").build();

    publisher.publish(new FinishedJob.AttemptFailed(taken(), reason));

    assertThat(next()).isEqualTo(new FailedAttempt(taken(), reason));
    assertThat(new JobRecords(store).find(JOB)).isEmpty();
  }

  @Test
  void canceledAndExpiredJobs_haveRecordsToo() {
    publisher.publish(new FinishedJob.Canceled(taken()));
    JobEvent canceled = nextEnd().record().getTerminalEvent();
    assertThat(canceled.getEventId()).isEqualTo("j1:canceled");
    assertThat(canceled.getCanceled().getReason()).isEqualTo("requested by the caller");

    Timestamp deadline = Timestamp.newBuilder().setSeconds(7).setNanos(8).build();
    GenerationJob job = TestJobs.with("j2", TestJobs.spec("m").setDeadline(deadline));
    publisher.publish(new FinishedJob.Expired(new TakenJob(job, lease, 1, 0)));
    JobRecord expired = nextEnd().record();
    assertThat(expired.getTerminalEvent().getEventId()).isEqualTo("j2:expired");
    assertThat(expired.getTerminalEvent().getExpired().getDeadline()).isEqualTo(deadline);
    assertThat(new JobRecords(store).find(job)).contains(expired);
  }

  @Test
  void jobThatComesAfterTheEnd_isDropped() {
    publisher.close();

    publisher.publish(generated(0.5f));

    assertThat(publisher.jobsHeld()).isZero();
    assertThat(publisher.imagesHeld()).isZero();
  }

  @Test
  void recordOfAnotherAttempt_wins() {
    publisher.publish(generated(0.5f));
    JobRecord first = nextEnd().record();
    byte[] image = store.get("results/default/j1/0.png").orElseThrow();

    publisher.publish(generated(-0.5f));
    publisher.publish(failed("too late"));

    for (int i = 0; i < 2; i++) {
      StoredEnd end = nextEnd();
      assertThat(end.record()).isEqualTo(first);
    }
    assertThat(store.get("results/default/j1/0.png").orElseThrow()).isEqualTo(image);
  }

  @Test
  void imageOfAnotherAttempt_staysAndIsNamedAsItIs() {
    byte[] other = {1, 2, 3};
    store.put("results/default/j1/0.png", other, Publisher.CONTENT_TYPE);

    publisher.publish(generated(0.5f));

    StoredImage named = nextEnd().record().getTerminalEvent().getSucceeded().getImages(0);
    assertThat(store.get("results/default/j1/0.png")).contains(other);
    assertThat(named.getSha256()).isEqualTo(Sha256.hex(other));
    assertThat(named.getSizeBytes()).isEqualTo(3);
    assertThat(named.getUri()).isEqualTo(store.uri("results/default/j1/0.png").toString());
  }

  @Test
  void storeThatFails_isTriedUntilItWorks() throws Exception {
    Path inTheWay = Files.writeString(folder.resolve("results"), "not a folder");
    publisher.publish(generated(0.5f));
    publisher.publish(failed("also"));
    await().until(() -> pauses.get() >= 4);
    assertThat(outcomes.peek()).isNull();
    assertThat(publisher.jobsHeld()).isEqualTo(2);
    assertThat(publisher.imagesHeld()).isEqualTo(1);

    Files.delete(inTheWay);

    StoredEnd first = nextEnd();
    assertThat(nextEnd().record()).isEqualTo(first.record());
    await().until(() -> publisher.jobsHeld() == 0 && publisher.imagesHeld() == 0);
  }

  @Test
  void jobOfAnEndedLease_isDropped() throws Exception {
    Path inTheWay = Files.writeString(folder.resolve("results"), "not a folder");
    publisher.publish(generated(0.5f));
    lease.end();

    await().until(() -> publisher.jobsHeld() == 0);
    Files.delete(inTheWay);
    assertThat(outcomes.peek()).isNull();
    assertThat(new JobRecords(store).find(JOB)).isEmpty();
  }

  @Test
  void imageThatIsNoNumber_failsTheJob() {
    publisher.publish(generated(Float.NaN));

    JobFailed failure = nextEnd().record().getTerminalEvent().getFailed();
    assertThat(failure.getCategory()).isEqualTo(FailureCategory.FAILURE_CATEGORY_INTERNAL);
    assertThat(failure.getMessage()).contains("NaN");
    await().until(() -> publisher.imagesHeld() == 0);
  }

  @Test
  void recordThatIsNone_isReplaced() {
    store.put("results/default/j1/manifest.json", new byte[] {'{'}, "application/json");

    publisher.publish(generated(0.5f));

    assertThat(nextEnd().record().getTerminalEvent().hasSucceeded()).isTrue();
  }

  private StoredEnd nextEnd() {
    return (StoredEnd) next();
  }

  private Outcome next() {
    await().until(() -> outcomes.peek() != null);
    Outcome outcome = Objects.requireNonNull(outcomes.peek());
    outcomes.remove();
    return outcome;
  }

  private FinishedJob generated(float level) {
    float[] pixels = new float[4];
    Arrays.fill(pixels, level);
    return new FinishedJob.Generated(
        taken(), NOW, Provenance.getDefaultInstance(), new ImageShape(1, 2, 2), List.of(pixels));
  }

  private FinishedJob failed(String message) {
    return new FinishedJob.Failed(taken(), JobFailed.newBuilder().setMessage(message).build());
  }

  private TakenJob taken() {
    return new TakenJob(JOB, lease, 0, 0);
  }
}
