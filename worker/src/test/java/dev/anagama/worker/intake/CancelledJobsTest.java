package dev.anagama.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class CancelledJobsTest {
  private static final int CAPACITY = 3;
  private static final Duration HELD = Duration.ofSeconds(10);

  private final SetClock clock = new SetClock();
  private final CancelledJobs jobs = new CancelledJobs(CAPACITY, HELD, clock);

  @Test
  void job_isRememberedForItsOwnerAlone() {
    add("j1");

    assertThat(jobs.contains("default", "j1")).isTrue();
    assertThat(jobs.contains("other", "j1")).isFalse();
    assertThat(jobs.contains("default", "j2")).isFalse();
    assertThat(jobs.additions()).isEqualTo(1);
  }

  @Test
  void job_isForgottenAfterItsTime() {
    add("j1");
    clock.millis += HELD.toMillis() - 1;
    assertThat(jobs.contains("default", "j1")).isTrue();
    clock.millis++;

    assertThat(jobs.contains("default", "j1")).isFalse();
  }

  @Test
  void wishThatIsTooOld_isPassedOver() {
    jobs.add("default", "j1", clock.millis - HELD.toMillis());

    assertThat(jobs.contains("default", "j1")).isFalse();
    assertThat(jobs.additions()).isZero();
  }

  @Test
  void tooMany_theOldestGoes() {
    add("j1");
    add("j2");
    add("j3");
    add("j1");
    add("j4");

    assertThat(jobs.contains("default", "j2")).isFalse();
    assertThat(jobs.contains("default", "j3")).isTrue();
    assertThat(jobs.contains("default", "j1")).isTrue();
    assertThat(jobs.contains("default", "j4")).isTrue();
  }

  @Test
  void manyOverTime_onlyTheLatestStay() {
    for (int i = 0; i < 1000; i++) {
      add("j" + i);
      clock.millis += 6_000;
    }

    assertThat(jobs.contains("default", "j998")).isFalse();
    assertThat(jobs.contains("default", "j999")).isTrue();
  }

  private void add(String id) {
    jobs.add("default", id, clock.millis);
  }

  private static final class SetClock extends Clock {
    private long millis = 1_000_000;

    @Override
    public Instant instant() {
      return Instant.ofEpochMilli(millis);
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
