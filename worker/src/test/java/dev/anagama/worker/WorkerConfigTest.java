package dev.anagama.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.anagama.platform.config.Settings;
import dev.anagama.platform.config.SettingsException;
import dev.anagama.worker.WorkerOptions.DeviceChoice;
import dev.anagama.worker.WorkerOptions.PrecisionChoice;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WorkerConfigTest {
  @Test
  void nothingSet_givesTheDefaults() {
    WorkerConfig config = load(Map.of());

    assertThat(config.worker().name()).isEmpty();
    assertThat(config.worker().rowLimit()).isEqualTo(32);
    assertThat(config.worker().waitingJobsLimit()).isEqualTo(64);
    assertThat(config.worker().precision()).isEqualTo(PrecisionChoice.AUTO);
    assertThat(config.worker().device()).isEqualTo(DeviceChoice.AUTO);
    assertThat(config.worker().cacheFolder()).isEmpty();
    assertThat(config.worker().graceSeconds()).isEqualTo(30);
    assertThat(config.worker().threads()).isZero();
  }

  @Test
  void everyKey_isMapped() {
    WorkerConfig config =
        load(
            Map.of(
                "anagama.worker.name", "w1",
                "anagama.worker.row-limit", "8",
                "anagama.worker.waiting-jobs-limit", "9",
                "anagama.worker.precision", "bfloat16",
                "anagama.worker.device", "cpu",
                "anagama.worker.cache-folder", "/srv/cache",
                "anagama.worker.grace-seconds", "0",
                "anagama.worker.threads", "2"));

    assertThat(config.worker().name()).contains("w1");
    assertThat(config.worker().rowLimit()).isEqualTo(8);
    assertThat(config.worker().waitingJobsLimit()).isEqualTo(9);
    assertThat(config.worker().precision()).isEqualTo(PrecisionChoice.BFLOAT16);
    assertThat(config.worker().device()).isEqualTo(DeviceChoice.CPU);
    assertThat(config.worker().cacheFolder()).contains(Path.of("/srv/cache"));
    assertThat(config.worker().graceSeconds()).isZero();
    assertThat(config.worker().threads()).isEqualTo(2);
    assertThat(config.store().uri()).hasScheme("file");
  }

  @Test
  void valuesThatAreNotAllowed_areToldTogether() {
    assertThatThrownBy(
            () ->
                load(
                    Map.of(
                        "anagama.worker.row-limit", "1",
                        "anagama.worker.waiting-jobs-limit", "257",
                        "anagama.worker.precision", "int8")))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("anagama.worker.row-limit")
        .hasMessageContaining("anagama.worker.waiting-jobs-limit")
        .hasMessageContaining("anagama.worker.precision");
  }

  private static WorkerConfig load(Map<String, String> overrides) {
    Map<String, String> all = new HashMap<>(overrides);
    all.put("anagama.store.uri", "file:///srv/store");
    return Settings.load(WorkerConfig.class, Optional.empty(), all);
  }
}
