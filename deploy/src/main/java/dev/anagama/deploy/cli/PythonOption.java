package dev.anagama.deploy.cli;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** Which Python a benchmark compares with; mixed into the commands that do. */
final class PythonOption {
  @Option(
      names = "--python",
      paramLabel = "PATH",
      description =
          "Python that imports torch (default: that of ANAGAMA_PYTHON, else python3); without one"
              + " there is no comparison with it.")
  private Optional<String> python = Optional.empty();

  /** Programs to try in turn; one that was asked for is the only one. */
  List<String> candidates() {
    return python
        .map(List::of)
        .orElseGet(
            () ->
                Stream.concat(
                        Stream.ofNullable(System.getenv("ANAGAMA_PYTHON")), Stream.of("python3"))
                    .toList());
  }
}
