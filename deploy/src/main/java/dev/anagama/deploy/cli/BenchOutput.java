package dev.anagama.deploy.cli;

import dev.anagama.bench.BenchmarkReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
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
