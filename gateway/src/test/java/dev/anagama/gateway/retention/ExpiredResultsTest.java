package dev.anagama.gateway.retention;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.JsonFormat;
import dev.anagama.contract.ResultKeys;
import dev.anagama.gateway.Samples;
import dev.anagama.gateway.retention.ExpiredResults.Limits;
import dev.anagama.gateway.retention.ExpiredResults.Swept;
import dev.anagama.platform.objectstore.FileObjectStore;
import dev.anagama.platform.objectstore.ListedObject;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.JobEvent;
import dev.anagama.v1.JobRecord;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExpiredResultsTest {
  private static final Duration KEEP = Duration.ofDays(7);
  private static final Limits ALL = new Limits(1000, 1_000_000);

  @TempDir Path folder;
  private final Instant stored = Instant.now();
  private ObjectStore store;

  @BeforeEach
  void open() {
    store = new FileObjectStore(folder);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void round_beforeTheExpiry_removesNothing() {
    succeeded("j1", Optional.of(stored.plus(KEEP)));

    assertThat(sweep(KEEP.minusMinutes(1))).isEqualTo(new Swept(0, 0, 0, Optional.empty()));
    assertThat(keys("j1")).containsExactly("0.png", "1.png", "manifest.json");
  }

  @Test
  void round_afterTheExpiry_removesImagesAndLaterTheRecord() {
    succeeded("j1", Optional.of(stored.plus(KEEP)));

    assertThat(sweep(KEEP.plusMinutes(1))).isEqualTo(new Swept(2, 0, 0, Optional.empty()));
    assertThat(keys("j1")).containsExactly("manifest.json");

    assertThat(sweep(KEEP.multipliedBy(2).minusMinutes(1)).records()).isZero();
    assertThat(sweep(KEEP.multipliedBy(2).plusMinutes(1)).records()).isEqualTo(1);
    assertThat(keys("j1")).isEmpty();
  }

  @Test
  void round_longAfter_removesAllAtOnce() {
    succeeded("j1", Optional.of(stored.plus(KEEP)));

    assertThat(sweep(KEEP.multipliedBy(3))).isEqualTo(new Swept(2, 1, 0, Optional.empty()));
    assertThat(keys("j1")).isEmpty();
  }

  @Test
  void round_eventPromisedMore_keepsThePromise() {
    succeeded("longer", Optional.of(stored.plus(Duration.ofDays(30))));
    succeeded("for-good", Optional.empty());

    assertThat(sweep(Duration.ofDays(29)).images()).isZero();
    assertThat(sweep(Duration.ofDays(31)).images()).isEqualTo(2);
    assertThat(keys("longer")).containsExactly("manifest.json");
    assertThat(keys("for-good")).hasSize(3);
  }

  @Test
  void round_eventPromisedLess_keepsWhatIsConfigured() {
    succeeded("j1", Optional.of(stored.plus(KEEP)));
    ExpiredResults longer = expired(Duration.ofDays(10), Duration.ofDays(30), ALL);

    assertThat(longer.round(Optional.empty()).images()).isZero();
  }

  @Test
  void round_jobWithoutImages_losesItsRecord() {
    record("failed", at(Samples.failed("failed", 0)));
    record("canceled", at(Samples.canceled("canceled", 0)));

    assertThat(sweep(KEEP.multipliedBy(2).minusHours(1)).records()).isZero();
    assertThat(sweep(KEEP.multipliedBy(2).plusHours(1)).records()).isEqualTo(2);
  }

  @Test
  void round_imagesOfAnAttemptThatNeverEnded_goLast() {
    image("j1", 0);

    assertThat(sweep(KEEP.multipliedBy(2).minusHours(1)).images()).isZero();
    assertThat(sweep(KEEP.multipliedBy(2).plusHours(1)).images()).isEqualTo(1);
  }

  @Test
  void round_recordThatIsNone_keepsNoneOfTheOthers() {
    store.put(ResultKeys.manifest(Samples.TENANT, "a"), new byte[] {1}, "application/json");
    succeeded("b", Optional.of(stored.plus(KEEP)));

    assertThat(sweep(KEEP.multipliedBy(3))).isEqualTo(new Swept(2, 1, 1, Optional.empty()));
    assertThat(keys("a")).containsExactly("manifest.json");
  }

  @Test
  void round_moreThanItMayRemove_goesOnInTheNext() {
    for (int job = 0; job < 10; job++) {
      succeeded("j" + job, Optional.of(stored.plus(KEEP)));
    }
    ExpiredResults few = expired(Duration.ofDays(8), KEEP, new Limits(1000, 5));

    Swept first = few.round(Optional.empty());
    Swept second = few.round(first.last());
    Swept third = few.round(second.last());
    Swept fourth = few.round(third.last());

    assertThat(first).isEqualTo(new Swept(6, 0, 0, Optional.of("j2")));
    assertThat(second).isEqualTo(new Swept(6, 0, 0, Optional.of("j5")));
    assertThat(third.images() + fourth.images()).isEqualTo(8);
    assertThat(fourth.last()).isEmpty();
  }

  @Test
  void round_jobsAcrossPages_areSeenWhole() {
    // 400 jobs of 3 objects: pages of 1000 end in the middle of jobs.
    for (int job = 0; job < 400; job++) {
      succeeded("job-" + job, Optional.of(stored.plus(KEEP)));
    }
    ExpiredResults pages = expired(KEEP.multipliedBy(3), KEEP, new Limits(1, 1_000_000));

    int images = 0;
    int records = 0;
    Optional<String> last = Optional.empty();
    do {
      Swept swept = pages.round(last);
      images += swept.images();
      records += swept.records();
      last = swept.last();
    } while (last.isPresent());

    assertThat(images).isEqualTo(800);
    assertThat(records).isEqualTo(400);
    assertThat(store.list("results", Optional.empty(), 1).objects()).isEmpty();
  }

  @Test
  void round_twoGatewaysAtOnce_doNoHarm() {
    succeeded("j1", Optional.of(stored.plus(KEEP)));
    succeeded("j2", Optional.of(stored.plus(Duration.ofDays(30))));
    ExpiredResults one = expired(KEEP.multipliedBy(3), KEEP, ALL);
    ExpiredResults other = expired(KEEP.multipliedBy(3), KEEP, ALL);

    assertThat(one.round(Optional.empty()).images()).isEqualTo(2);
    assertThat(other.round(Optional.empty())).isEqualTo(new Swept(0, 0, 0, Optional.empty()));
    assertThat(keys("j2")).hasSize(3);
  }

  private Swept sweep(Duration later) {
    return expired(later, KEEP, ALL).round(Optional.empty());
  }

  /** What is done {@code later} than the objects were stored. */
  private ExpiredResults expired(Duration later, Duration keep, Limits limits) {
    // The folder's clock may run a little behind or ahead of this one.
    Clock clock = Clock.fixed(stored.plus(later).plusSeconds(10), ZoneOffset.UTC);
    return new ExpiredResults(store, Samples.TENANT, keep, clock, limits);
  }

  private void succeeded(String id, Optional<Instant> expiry) {
    image(id, 0);
    image(id, 1);
    JobEvent.Builder end = Samples.succeeded(Samples.job(id), 0).toBuilder();
    end.getSucceededBuilder().clearResultsExpireAt();
    expiry.ifPresent(at -> end.getSucceededBuilder().setResultsExpireAt(timestamp(at)));
    record(id, end.setOccurredAt(timestamp(stored)).build());
  }

  private void image(String id, int index) {
    store.put(ResultKeys.image(Samples.TENANT, id, index), new byte[] {1}, "image/png");
  }

  private void record(String id, JobEvent end) {
    GenerationJob job = Samples.job(id);
    JobRecord record = JobRecord.newBuilder().setJob(job).setTerminalEvent(end).build();
    try {
      byte[] json = JsonFormat.printer().print(record).getBytes(StandardCharsets.UTF_8);
      store.put(ResultKeys.manifest(Samples.TENANT, id), json, "application/json");
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }

  private JobEvent at(JobEvent end) {
    return end.toBuilder().setOccurredAt(timestamp(stored)).build();
  }

  private List<String> keys(String id) {
    String folder = ResultKeys.tenantFolder(Samples.TENANT) + "/" + id;
    return store.list(folder, Optional.empty(), 100).objects().stream()
        .map(ListedObject::key)
        .map(key -> key.substring(folder.length() + 1))
        .toList();
  }

  private static Timestamp timestamp(Instant at) {
    return Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()).build();
  }
}
