package dev.anagama.worker.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.worker.schedule.ForwardProfile;
import dev.anagama.worker.schedule.ForwardProfile.Point;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfileFileTest {
  private static final ForwardProfile PROFILE =
      new ForwardProfile(2, List.of(new Point(1, 0.0021), new Point(2, 0.0022)));

  @TempDir Path folder;

  @Test
  void profile_isReadBack() throws Exception {
    assertThat(file("cpu 1", 2, "aa").read()).isEmpty();
    file("cpu 1", 2, "aa").write(PROFILE);

    assertThat(file("cpu 1", 2, "aa").read()).contains(PROFILE);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(path -> path.getFileName().toString()))
          .containsExactly("profile-cpu-float32-2.json");
    }
  }

  @Test
  void otherMachineOrWeights_areNone() {
    file("cpu 1", 2, "aa").write(PROFILE);

    assertThat(file("cpu 2", 2, "aa").read()).isEmpty();
    assertThat(file("cpu 1", 4, "aa").read()).isEmpty();
    assertThat(file("cpu 1", 2, "bb").read()).isEmpty();
  }

  @Test
  void damagedFile_isNone() throws Exception {
    Path path = folder.resolve("profile-cpu-float32-2.json");
    ProfileFile file = file("cpu 1", 2, "aa");
    file.write(PROFILE);
    String good = Files.readString(path);

    for (String damaged :
        List.of(
            "",
            "{",
            "[]",
            "null",
            good.substring(0, good.length() / 2),
            good.replace("\"format_version\" : 1", "\"format_version\" : 2"),
            good.replace("\"lanes\" : 2", "\"lanes\" : 64"),
            good.replace("\"lanes\" : 2", "\"lanes\" : -1"),
            good.replace("0.0021", "-1"),
            good.replace("\"points\"", "\"dots\""),
            good + " ".repeat(70_000))) {
      Files.writeString(path, damaged);
      assertThat(file.read()).as(damaged).isEmpty();
    }
    file.write(PROFILE);
    assertThat(file.read()).contains(PROFILE);
  }

  @Test
  void folderThatIsGone_stopsNothing() {
    new ProfileFile(folder.resolve("gone"), "cpu", "float32", new Machine("p", 1, "2"), "aa")
        .write(PROFILE);
    assertThat(folder.resolve("gone")).doesNotExist();
  }

  private ProfileFile file(String processor, int threads, String sha256) {
    Machine machine = new Machine(processor, threads, "2.7.1");
    return new ProfileFile(folder, "cpu", "float32", machine, sha256);
  }
}
