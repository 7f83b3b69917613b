package dev.anagama.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What was released stays true: {@code released-contract.txt} holds a line for each field, enum
 * value and call, and every one of them must still hold.
 */
class ReleasedContractTest {
  private static final Path GOLDEN = Path.of("src/test/resources/released-contract.txt");
  private static final String UPDATE = "anagama.contract.update";
  private static final String HOW =
      "mvn -pl proto test -Dtest=ReleasedContractTest -D" + UPDATE + "=true";

  @Test
  void contract_everyReleasedLine_isStillTrue() throws IOException {
    SortedSet<String> broken = new TreeSet<>(released());
    broken.removeAll(ReleasedContract.lines());

    assertThat(broken)
        .as(
            "lines of %s that no longer hold. Peers and stored jobs rely on them: put back what was"
                + " removed, renumbered, retyped or renamed, and add a new field beside it",
            GOLDEN)
        .isEmpty();
  }

  @Test
  void contract_everyLine_isRecordedAsReleased() throws IOException {
    SortedSet<String> added = ReleasedContract.lines();
    added.removeAll(released());
    if (Boolean.getBoolean(UPDATE) && !added.isEmpty()) {
      SortedSet<String> all = new TreeSet<>(released());
      all.addAll(added);
      Files.write(GOLDEN, all, UTF_8);
      return;
    }

    assertThat(added)
        .as("additions, which are fine; record them in %s with: %s", GOLDEN, HOW)
        .isEmpty();
  }

  @Test
  void files_inTheSourceFolder_areAllCovered() throws IOException {
    Path root = Path.of("src/main/protobuf");
    try (Stream<Path> files = Files.walk(root)) {
      Set<String> sources =
          files
              .filter(f -> f.toString().endsWith(".proto"))
              .map(f -> root.relativize(f).toString())
              .collect(Collectors.toSet());

      assertThat(ReleasedContract.files().keySet()).isEqualTo(sources);
    }
  }

  /** The golden lines; none before the first release is recorded. */
  private static List<String> released() throws IOException {
    return Files.exists(GOLDEN) ? Files.readAllLines(GOLDEN, UTF_8) : List.of();
  }
}
