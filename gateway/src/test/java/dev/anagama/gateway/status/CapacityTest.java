package dev.anagama.gateway.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.anagama.gateway.Samples;
import dev.anagama.gateway.errors.Refusal;
import dev.anagama.gateway.errors.RefusalException;
import dev.anagama.v1.GenerationJob;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class CapacityTest {
  private final TestClock clock = new TestClock();
  private final Capacity capacity =
      new Capacity(new Capacity.Limits(new Load(4, 200), new Load(3, 150)), clock);
  private final JobTable table = new JobTable(new JobTable.Limits(10, 10), capacity);

  @Test
  void fullInAll_namesTheLimitAndWhatIsUnfinished() {
    for (int i = 0; i < 4; i++) {
      capacity.reserve(job("j" + i, "t" + i, 1));
    }

    assertThat(refusal(job("j9", "t9", 1)).detail())
        .isEqualTo(
            "4 jobs are queued or running, and the job would add 1; allowed: 4"
                + " (anagama.gateway.live-jobs-limit)");
  }

  @Test
  void fullForOneTenant_leavesRoomForOthers() {
    for (int i = 0; i < 3; i++) {
      capacity.reserve(job("j" + i, "a", 1));
    }

    assertThat(refusal(job("j9", "a", 1)).detail())
        .isEqualTo(
            "3 jobs of tenant 'a' are queued or running, and the job would add 1; allowed: 3"
                + " (anagama.gateway.tenant-live-jobs-limit)");
    capacity.reserve(job("j9", "b", 1));
    assertThat(capacity.held()).isEqualTo(new Load(4, 4));
  }

  @Test
  void images_count_asWellAsJobs() {
    capacity.reserve(job("j1", "a", 64));
    capacity.reserve(job("j2", "a", 64));
    assertThat(refusal(job("j3", "a", 64)).detail())
        .isEqualTo(
            "128 images of tenant 'a' are queued or running, and the job would add 64; allowed: 150"
                + " (anagama.gateway.tenant-live-images-limit)");
    capacity.reserve(job("j3", "a", 22));
    assertThat(refusal(job("j4", "b", 64)).detail()).contains("150 images are", "allowed: 200");
  }

  @Test
  void place_isTheJobs_onceItIsRead_andFreeOnceItEnds() {
    capacity.reserve(job("j1", "a", 5));
    table.accepted(job("j1", "a", 5), JobPlace.STORED);
    capacity.release("j1");
    assertThat(capacity.held()).isEqualTo(new Load(1, 5));
    assertThat(capacity.tenants()).isEqualTo(1);

    table.started("j1", Samples.time(3));
    table.ended(Samples.failed("j1", 9), 1);
    table.ended(Samples.failed("j1", 9), 2);
    table.accepted(job("j1", "a", 5), JobPlace.STORED);
    assertThat(capacity.held()).isEqualTo(Load.NONE);
    assertThat(capacity.tenants()).isZero();
  }

  @Test
  void released_isFree_andOfAnotherJobUnderTheId_onlyWhatIsShown() {
    capacity.reserve(job("j1", "a", 5));
    capacity.release("j1");
    capacity.release("j1");
    assertThat(capacity.held()).isEqualTo(Load.NONE);

    table.accepted(job("j2", "a", 5), new JobPlace(1, 0));
    table.accepted(job("j2", "a", 7), new JobPlace(0, 0));
    assertThat(capacity.held()).isEqualTo(new Load(1, 7));
  }

  @Test
  void concurrentReservations_neverExceedTheLimit() throws Exception {
    Capacity shared =
        new Capacity(new Capacity.Limits(new Load(50, 10_000), new Load(50, 10_000)), clock);
    CountDownLatch go = new CountDownLatch(1);
    ExecutorService threads = Executors.newFixedThreadPool(16);
    try {
      List<Future<Boolean>> taken = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        GenerationJob job = job("j" + i, "a", 2);
        taken.add(
            threads.submit(
                () -> {
                  go.await();
                  try {
                    shared.reserve(job);
                    return true;
                  } catch (RefusalException e) {
                    return false;
                  }
                }));
      }
      go.countDown();
      int count = 0;
      for (Future<Boolean> one : taken) {
        count += one.get() ? 1 : 0;
      }
      assertThat(count).isEqualTo(50);
      assertThat(shared.held()).isEqualTo(new Load(50, 100));
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void retryAfter_followsThePaceOfEnds_oneBehindTheOther() {
    Capacity busy =
        new Capacity(new Capacity.Limits(new Load(10, 1000), new Load(10, 1000)), clock);
    JobTable jobs = new JobTable(new JobTable.Limits(10, 10), busy);
    // One ends every 5 s, and another takes its place.
    for (int i = 0; i < 10; i++) {
      jobs.accepted(job("j" + i, "a", 1), JobPlace.STORED);
    }
    for (int i = 10; i < 40; i++) {
      clock.advance(Duration.ofSeconds(5));
      jobs.ended(Samples.failed("j" + (i - 10), 9), i);
      jobs.accepted(job("j" + i, "a", 1), JobPlace.STORED);
    }

    int first = retryAfter(busy);
    int second = retryAfter(busy);
    assertThat(first).isBetween(3, 6);
    assertThat(second).isBetween(2 * first - 2, 2 * first + 1);
    for (int i = 0; i < 100; i++) {
      assertThat(retryAfter(busy)).isBetween(first, 60);
    }
    assertThat(retryAfter(busy)).isEqualTo(60);
  }

  @Test
  void retryAfter_withoutAnyEnd_growsWithTheTimeThatNoneCame() {
    for (int i = 0; i < 4; i++) {
      capacity.reserve(job("j" + i, "t" + i, 1));
    }
    assertThat(retryAfter(capacity)).isEqualTo(1);
    clock.advance(Duration.ofHours(1));
    assertThat(retryAfter(capacity)).isBetween(30, 60);
  }

  private static int retryAfter(Capacity capacity) {
    Refusal refusal =
        catchThrowableOfType(RefusalException.class, () -> capacity.reserve(job("late", "late", 1)))
            .refusal();
    return ((Refusal.OverCapacity) refusal).retryAfterSeconds();
  }

  private Refusal refusal(GenerationJob job) {
    return catchThrowableOfType(RefusalException.class, () -> capacity.reserve(job)).refusal();
  }

  private static GenerationJob job(String id, String tenant, int images) {
    GenerationJob.Builder job = Samples.job(id).toBuilder().setTenant(tenant);
    job.getSpecBuilder().setNumImages(images);
    return job.build();
  }

  private static final class TestClock extends Clock {
    private Instant now = Instant.parse("2026-03-04T05:06:07Z");

    void advance(Duration time) {
      now = now.plus(time);
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
