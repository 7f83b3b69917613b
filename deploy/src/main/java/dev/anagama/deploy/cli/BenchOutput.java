package dev.anagama.deploy.cli;

import dev.anagama.bench.BenchmarkReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** Where a benchmark's figures go; mixed into the command of each. */
final class BenchOutput {
  @Option(names = "--json", paramLabel = "FILE", description = "Write the report there as well.")
  private Optional<Path> json = Optional.empty();

  /** Gives out the figures. */
  void write(BenchmarkReport report, PrintWriter out) {
    out.println(report.toJson());
    keep(report);
  }

  /**
   * Gives out the figures, and then sees whether they are what the service promises.
   *
   * @param zeros keys of the results that must be 0
   * @throws CommandException naming those that are not; the report is out by then
   */
  void write(BenchmarkReport report, List<String> zeros, PrintWriter out) {
    write(report, out);
    List<String> broken = zeros.stream().filter(key -> figure(report, key) != 0).toList();
    if (!broken.isEmpty()) {
      throw new CommandException(
          broken.stream()
              .map(key -> "%s is %s".formatted(key, count(figure(report, key))))
              .collect(Collectors.joining(", ", "", "; each must be 0")));
    }
  }

  /** What was not measured is not 0 either. */
  private static double figure(BenchmarkReport report, String key) {
    return report.results().getOrDefault(key, Double.NaN);
  }

  private static String count(double figure) {
    return Double.isNaN(figure) ? "not known" : "%.0f".formatted(figure);
  }

  /** Keeps the figures so far in the file, if there is one; a reader sees the old or the new. */
  void keep(BenchmarkReport report) {
    if (json.isEmpty()) {
      return;
    }
    Path file = json.get().toAbsolutePath();
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      Files.writeString(part, report.toJson() + "\n");
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }
}
