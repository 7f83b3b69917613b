package dev.anagama.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.anagama.platform.config.Retention;
import dev.anagama.platform.config.Settings;
import dev.anagama.platform.config.SettingsException;
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
    assertThat(config.worker().rowLimit().rows()).isEmpty();
    assertThat(config.worker().waitingJobsLimit()).isEqualTo(64);
    assertThat(config.worker().precision()).isEqualTo(PrecisionChoice.AUTO);
    assertThat(config.worker().devices()).containsExactly(DeviceName.AUTO);
    assertThat(config.worker().healthPort()).isEmpty();
    assertThat(config.worker().healthHost()).isEqualTo("127.0.0.1");
    assertThat(config.worker().cacheFolder()).isEmpty();
    assertThat(config.worker().graceSeconds()).isEqualTo(30);
    assertThat(config.worker().threads()).isZero();
  }

  @Test
  void everyKey_isMapped() {
    WorkerConfig config =
        load(
            Map.ofEntries(
                Map.entry("anagama.worker.name", "w1"),
                Map.entry("anagama.worker.row-limit", "8"),
                Map.entry("anagama.worker.waiting-jobs-limit", "9"),
                Map.entry("anagama.worker.precision", "bfloat16"),
                Map.entry("anagama.worker.devices", "gpu0,gpu12, cpu"),
                Map.entry("anagama.worker.cache-folder", "/srv/cache"),
                Map.entry("anagama.worker.grace-seconds", "0"),
                Map.entry("anagama.worker.threads", "2"),
                Map.entry("anagama.worker.health-port", "0"),
                Map.entry("anagama.worker.health-host", "::1"),
                Map.entry("anagama.results.keep", "30d")));

    assertThat(config.worker().name()).contains("w1");
    assertThat(config.worker().rowLimit().rows()).hasValue(8);
    assertThat(config.worker().waitingJobsLimit()).isEqualTo(9);
    assertThat(config.worker().precision()).isEqualTo(PrecisionChoice.BFLOAT16);
    assertThat(config.worker().devices())
        .containsExactly(DeviceName.of("gpu0"), DeviceName.of("gpu12"), DeviceName.CPU);
    assertThat(config.worker().healthPort()).hasValue(0);
    assertThat(config.worker().healthHost()).isEqualTo("::1");
    assertThat(config.worker().cacheFolder()).contains(Path.of("/srv/cache"));
    assertThat(config.worker().graceSeconds()).isZero();
    assertThat(config.worker().threads()).isEqualTo(2);
    assertThat(config.store().uri().uri()).hasScheme("file");
    assertThat(config.results().keep()).isEqualTo(Retention.of("30d"));
  }

  @Test
  void valuesThatAreNotAllowed_areToldTogether() {
    assertThatThrownBy(
            () ->
                load(
                    Map.of(
                        "anagama.worker.row-limit", "1",
                        "anagama.worker.waiting-jobs-limit", "257",
                        "anagama.worker.devices", "cpu,tpu",
                        "anagama.worker.health-port", "65536",
                        "anagama.worker.precision", "int8")))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining(
            "anagama.worker.row-limit is '1'; allowed: auto, or a whole number from 2 to 512")
        .hasMessageContaining("anagama.worker.waiting-jobs-limit")
        .hasMessageContaining("anagama.worker.devices is 'cpu,tpu'; allowed: auto, cpu, gpu")
        .hasMessageContaining("anagama.worker.health-port")
        .hasMessageContaining("anagama.worker.precision");
  }

  private static WorkerConfig load(Map<String, String> overrides) {
    Map<String, String> all = new HashMap<>(overrides);
    all.put("anagama.store.uri", "file:///srv/store");
    return Settings.load(WorkerConfig.class, Optional.empty(), all);
  }
}
