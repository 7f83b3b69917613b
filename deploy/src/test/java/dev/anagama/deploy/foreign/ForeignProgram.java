package dev.anagama.deploy.foreign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** A program that was not written here, where it is installed. */
final class ForeignProgram {
  private static final long LIMIT_SECONDS = 180;

  private final Path program;
  private final Path folder;
  private final Map<String, String> environment;

  private ForeignProgram(Path program, Path folder, Map<String, String> environment) {
    this.program = program;
    this.folder = folder;
    this.environment = environment;
  }

  /**
   * Finds it on the path; where it is missing, the test that asks is skipped and says so.
   *
   * @param folder for what it writes; empty
   * @param environment what it gets beside this process's
   */
  static ForeignProgram require(String name, Path folder, Map<String, String> environment) {
    Optional<Path> found =
        Pattern.compile(File.pathSeparator, Pattern.LITERAL)
            .splitAsStream(System.getenv().getOrDefault("PATH", ""))
            .map(entry -> Path.of(entry, name))
            .filter(Files::isExecutable)
            .findFirst();
    assumeThat(found).as("the program %s is not installed", name).isPresent();
    return new ForeignProgram(found.orElseThrow(), folder, Map.copyOf(environment));
  }

  /** Runs it and returns what it wrote to standard output. It must end well and in time. */
  byte[] run(byte[] input, String... arguments) throws IOException, InterruptedException {
    Path in = Files.write(folder.resolve("in"), input);
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(in.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    boolean ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
    process.destroyForcibly();
    String said = Files.readString(err);
    assertThat(ended).as("%s ends in %d s; %s", command, LIMIT_SECONDS, said).isTrue();
    assertThat(process.exitValue()).as("%s: %s", command, said).isZero();
    return Files.readAllBytes(out);
  }

  /** The same, of text. */
  String text(String... arguments) throws IOException, InterruptedException {
    return new String(run(new byte[0], arguments), StandardCharsets.UTF_8);
  }
}
