package dev.anagama.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeysTest {
  @Test
  void resultKeys_jobs_haveAFolderEach() {
    assertThat(ResultKeys.image("default", "j1", 0)).isEqualTo("results/default/j1/0.png");
    assertThat(ResultKeys.image("default", "j1", 63)).isEqualTo("results/default/j1/63.png");
    assertThat(ResultKeys.manifest("default", "j1")).isEqualTo("results/default/j1/manifest.json");
    assertThat(ResultKeys.tenantFolder("default")).isEqualTo("results/default");
  }

  @Test
  void checkpointKeys_versions_haveAFolderEach() {
    assertThat(CheckpointKeys.prefix("fashion", "V1") + CheckpointKeys.MANIFEST)
        .isEqualTo("checkpoints/fashion/V1/manifest.json");
  }

  @Test
  void reportKeys_areNoModelNames() {
    String key = ReportKeys.of("fashion", "V1", "host-1");

    assertThat(key).isEqualTo("fashion/V1@host-1");
    assertThat(ReportKeys.isReport(key)).isTrue();
    assertThat(ReportKeys.isReport("fashion.v-1_2")).isFalse();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ReportKeys.of("fashion", "V1", "a@b"))
        .withMessageStartingWith("worker is 'a@b'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"..", ".", "", "../../etc", "a/../../b", "a/b", "/etc", "a\\..\\b"})
  void everyKey_thatWouldLeaveItsFolder_isRefused(String part) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ResultKeys.image(part, "j1", 0))
        .withMessageStartingWith("tenant is '" + part + "'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ResultKeys.image("default", part, 0))
        .withMessageStartingWith("job_id is '" + part + "'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ResultKeys.manifest("default", part))
        .withMessageStartingWith("job_id is '" + part + "'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CheckpointKeys.prefix(part, "v1"))
        .withMessageStartingWith("model is '" + part + "'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CheckpointKeys.prefix("fashion", part))
        .withMessageStartingWith("version is '" + part + "'");
  }
}
