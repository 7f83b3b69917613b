package dev.anagama.bench.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MeasuredProfileTest {
  @TempDir Path folder;

  @Test
  void shipped_namesItsMachineAndGrowsWithRows() {
    MeasuredProfile shipped = MeasuredProfile.shipped();

    assertThat(shipped.machine()).contains("threads").contains("PyTorch");
    assertThat(shipped.profile().seconds(32)).isGreaterThan(shipped.profile().seconds(1));
    assertThat(shipped.profile().rowLimit()).isGreaterThanOrEqualTo(2);
  }

  @Test
  void read_aWorkersFile_hasItsPoints() throws Exception {
    Path file = folder.resolve("profile.json");
    Files.writeString(
        file,
        """
        {"format_version": 1,
         "machine": {"processor": "P", "threads": 3, "pytorch": "2.7.1"},
         "weights_sha256": "00",
         "profile": {"lanes": 2, "points": [{"rows": 1, "seconds": 0.5},
                                            {"rows": 4, "seconds": 1}]}}
        """);

    MeasuredProfile read = MeasuredProfile.read(file);

    assertThat(read.machine()).isEqualTo("P, 3 threads, PyTorch 2.7.1");
    assertThat(read.profile().lanes()).isEqualTo(2);
    assertThat(read.profile().seconds(4)).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "not JSON | is not JSON",
        "{} | format_version is unknown; allowed: 1",
        "{'format_version': 2} | format_version is 2; allowed: 1",
        "{'format_version': 1} | 0 points",
        "{'format_version': 1, 'profile': {'lanes': 1, 'points': []}} | 0 points",
        "{'format_version': 1, 'profile': {'lanes': 1, 'points': [7]}} | a point is 7",
        "{'format_version': 1, 'profile': {'lanes': 1, 'points': [{'rows': 0, 'seconds': 1}]}}"
            + " | a point is 0 rows"
      })
  void read_anythingElse_saysWhatIsWrong(String json, String problem) throws Exception {
    Path file = folder.resolve("profile.json");
    Files.writeString(file, json.replace('\'', '"'));

    assertThatThrownBy(() -> MeasuredProfile.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(problem);
  }

  @Test
  void read_noFile_saysSo() {
    Path file = folder.resolve("absent.json");
    assertThatThrownBy(() -> MeasuredProfile.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is not there");
  }
}
