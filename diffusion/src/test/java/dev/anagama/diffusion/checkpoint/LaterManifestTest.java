package dev.anagama.diffusion.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.anagama.diffusion.schedule.ScheduleKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a manifest says beyond the first released form, which {@link CheckpointTest} has. */
class LaterManifestTest {
  @TempDir private Path folder;

  private Path manifest() {
    return folder.resolve("manifest.json");
  }

  /** Replaces text of the manifest, which must be there. */
  private void edit(String text, String replacement) throws IOException {
    String before = Files.readString(manifest());
    assertThat(before).contains(text);
    Files.writeString(manifest(), before.replace(text, replacement));
  }

  private void assertRefused(String... parts) {
    assertThatThrownBy(() -> Checkpoint.read(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContainingAll(parts)
        .message()
        .hasLineCount(1);
  }

  @Test
  void write_anotherArchitecture_namesItAndIsRead() throws Exception {
    Checkpoint written = TinyCheckpoint.writeAdm(folder);

    // The released form of what a plain network leaves out.
    assertThat(Files.readString(manifest()))
        .contains(
            """
                  "classes" : 3,
                  "architecture" : {
                    "skips" : "block",
                    "resampling" : "residual",
                    "attention_levels" : [ 1, 2 ],
                    "head_channels" : 4,
                    "dropout" : 0.1
                  }
            """);
    assertThat(Checkpoint.read(folder).manifest()).isEqualTo(written.manifest());

    edit("\"skips\" : \"block\",", "");
    assertRefused("manifest.json: network.config.architecture", "skips");
    edit("\"resampling\"", "\"skips\" : \"some\", \"resampling\"");
    assertRefused("manifest.json: network.config.architecture.skips: ", "some", "[level, block]");
    edit("\"some\"", "\"block\", \"gates\" : 1");
    assertRefused("network.config.architecture.gates is unknown; allowed: [attention_levels, ");
  }

  @Test
  void write_anotherScheduleThanThePapers_namesItAndIsRead() throws Exception {
    SamplingDefaults defaults = new SamplingDefaults(12, 2, "dpmpp_2m", ScheduleKind.EDM);
    Checkpoint written = TinyCheckpoint.write(folder, defaults);

    assertThat(Files.readString(manifest()))
        .contains(
            """
              "defaults" : {
                "num_inference_steps" : 12,
                "guidance_scale" : 2.0,
                "sampler" : "dpmpp_2m",
                "schedule" : "edm"
              },
            """);
    assertThat(Checkpoint.read(folder).manifest()).isEqualTo(written.manifest());

    edit("\"edm\"", "\"karras\"");
    assertRefused("defaults.schedule: ", "karras", "[cosine, linear_log_snr, edm]");
  }
}
