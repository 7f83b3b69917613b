package dev.anagama.platform.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StoreConfigTest {
  @Test
  void mapping_everyKeySet_isTaken() {
    assertThat(load(Map.of("anagama.store.uri", "file:///srv/anagama")).uri())
        .hasToString("file:///srv/anagama");
  }

  @Test
  void uri_missing_isRefused() {
    SettingsException e = catchThrowableOfType(SettingsException.class, () -> load(Map.of()));

    assertThat(e.problems())
        .containsExactly(
            "anagama.store.uri is missing; allowed: a URI such as file:///an/absolute/folder");
  }

  @Test
  void uri_malformed_isRefused() {
    SettingsException e =
        catchThrowableOfType(
            SettingsException.class, () -> load(Map.of("anagama.store.uri", "not a uri")));

    assertThat(e.problems())
        .containsExactly(
            "anagama.store.uri is 'not a uri';"
                + " allowed: a URI such as file:///an/absolute/folder");
  }

  private static StoreConfig load(Map<String, String> overrides) {
    return Settings.load(StoreConfig.class, Optional.empty(), overrides, Map.of());
  }
}
