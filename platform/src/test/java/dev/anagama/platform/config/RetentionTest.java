package dev.anagama.platform.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetentionTest {
  private static final Instant END = Instant.parse("2026-01-02T03:04:05Z");

  @Test
  void keep_leftOut_isSevenDays() {
    assertThat(load(Map.of()).keep()).isEqualTo(new Retention(Optional.of(Duration.ofDays(7))));
  }

  @ParameterizedTest
  @CsvSource({
    "7d, 2026-01-09T03:04:05Z",
    "168h, 2026-01-09T03:04:05Z",
    "200h, 2026-01-10T11:04:05Z",
    "3650d, 2035-12-31T03:04:05Z"
  })
  void expiryOf_end_isSoMuchLater(String keep, Instant expiry) {
    assertThat(load(Map.of("anagama.results.keep", keep)).keep().expiryOf(END)).hasValue(expiry);
  }

  @Test
  void expiryOf_forever_isNever() {
    assertThat(load(Map.of("anagama.results.keep", "forever")).keep().expiryOf(END)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"6d", "167h", "0d", "-7d", "7", "P7D", "3651d", "7 d", "1w", "never"})
  void keep_outOfRangeOrForm_isRefused(String keep) {
    SettingsException e =
        catchThrowableOfType(
            SettingsException.class, () -> load(Map.of("anagama.results.keep", keep)));

    assertThat(e.problems())
        .containsExactly(
            "anagama.results.keep is '%s'; allowed: days or hours from 7d to 3650d, such as 30d or"
                    .formatted(keep)
                + " 200h, or forever");
  }

  private static ResultsConfig load(Map<String, String> overrides) {
    return Settings.load(ResultsConfig.class, Optional.empty(), overrides, Map.of());
  }
}
