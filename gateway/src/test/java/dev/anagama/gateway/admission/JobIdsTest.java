package dev.anagama.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.anagama.contract.Identifiers;
import dev.anagama.gateway.errors.RefusalException;
import dev.anagama.gateway.models.JobLimits;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JobIdsTest {
  private static final Instant NOW = Instant.parse("2026-03-04T05:06:07.089Z");

  @Test
  void next_isUuidVersion7OfTheTime() {
    JobIds ids = new JobIds(Clock.fixed(NOW, ZoneOffset.UTC), new SplittableRandom(1));
    Set<String> made = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      String id = ids.next();
      UUID uuid = UUID.fromString(id);
      assertThat(uuid.version()).isEqualTo(7);
      assertThat(uuid.variant()).isEqualTo(2);
      assertThat(uuid.getMostSignificantBits() >>> 16).isEqualTo(NOW.toEpochMilli());
      assertThat(Identifiers.ID.matcher(id).matches()).isTrue();
      made.add(id);
    }
    assertThat(made).hasSize(1000);
  }

  @Test
  void ofIdempotencyKey_isTheSameForTheSameKey() {
    String id = JobIds.ofIdempotencyKey("order 4711/a");

    assertThat(id).isEqualTo(JobIds.ofIdempotencyKey("order 4711/a"));
    assertThat(id).isNotEqualTo(JobIds.ofIdempotencyKey("order 4711/b"));
    assertThat(Identifiers.ID.matcher(id).matches()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "tab\t", "gr\u00fcn", "line\n"})
  void ofIdempotencyKey_unprintable_isRefused(String key) {
    assertThatThrownBy(() -> JobIds.ofIdempotencyKey(key))
        .isInstanceOf(RefusalException.class)
        .hasMessageContaining("Idempotency-Key");
  }

  @Test
  void ofIdempotencyKey_tooLong_isRefused() {
    assertThat(JobIds.ofIdempotencyKey("k".repeat(255))).isNotEmpty();
    assertThatThrownBy(() -> JobIds.ofIdempotencyKey("k".repeat(256)))
        .isInstanceOf(RefusalException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-a", ".a", "a/b", "a b", "../x", "\u00e9"})
  void requireWellFormed_malformed_isRefused(String id) {
    assertThatThrownBy(() -> JobIds.requireWellFormed(id))
        .isInstanceOf(RefusalException.class)
        .hasMessageContaining("id is " + id);
  }

  @Test
  void seed_followsFromTheId_andKeepsItsRange() {
    assertThat(JobIds.seed("a")).isEqualTo(JobIds.seed("a")).isNotEqualTo(JobIds.seed("b"));
    for (int i = 0; i < 1000; i++) {
      assertThat(JobIds.seed("job-" + i)).isBetween(0L, JobLimits.MAX_SEED);
    }
  }
}
