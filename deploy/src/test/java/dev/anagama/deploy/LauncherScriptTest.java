package dev.anagama.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher in a project of its own, with a Java and a Maven that say what they are asked. */
final class LauncherScriptTest {
  private static final Path SYSTEM = Path.of("/usr/bin");
  private static final List<String> TOOLS =
      List.of(
          "bash",
          "dirname",
          "env",
          "find",
          "flock",
          "head",
          "mkdir",
          "mv",
          "readlink",
          "rm",
          "sed",
          "tail");

  private static final String MAVEN =
      """
      #!/usr/bin/env bash
      if [ "$*" = "-B -v" ]; then echo "Apache Maven %s (x)"; exit; fi
      mkdir -p deploy/target/lib
      : > deploy/target/anagama-deploy-1.jar
      echo "line of the log"
      exit %d
      """;

  private Path project;
  private Path bin;

  private record Outcome(int code, String out, String err) {}

  @BeforeEach
  void makeProject(@TempDir Path folder) throws IOException {
    assumeThat(SYSTEM.resolve("bash")).as("needs bash").exists();
    project = Files.createDirectories(folder.resolve("a project"));
    bin = Files.createDirectories(folder.resolve("bin"));
    Files.copy(Path.of("..", "anagama"), project.resolve("anagama"));
    Files.createDirectories(project.resolve(".mvn"));
    Files.createDirectories(project.resolve("deploy/src/main"));
    Files.writeString(project.resolve("pom.xml"), "");
    Files.writeString(project.resolve("deploy/pom.xml"), "");
    for (String tool : TOOLS) {
      Files.createSymbolicLink(bin.resolve(tool), SYSTEM.resolve(tool));
    }
  }

  @Test
  void java_missing() throws IOException, InterruptedException {
    assertFails(run(), "no Java found; install a JDK 17 or newer");
  }

  @Test
  void java_old() throws IOException, InterruptedException {
    java("11.0.2");
    assertFails(run(), "Java 11 found; install a JDK 17 or newer");
  }

  @Test
  void java_withoutCompiler() throws IOException, InterruptedException {
    java("17.0.1");
    assertFails(run(), "no compiler beside ");
  }

  @Test
  void maven_missing() throws IOException, InterruptedException {
    java("17.0.1");
    program("javac", "");
    assertFails(run(), "no Maven found; install Maven 3.8 or newer");
  }

  @Test
  void maven_old() throws IOException, InterruptedException {
    java("17.0.1");
    program("javac", "");
    program("mvn", MAVEN.formatted("3.6.3", 0));
    assertFails(run(), "Maven 3.6.3 found; install Maven 3.8 or newer");
  }

  @Test
  void build_fails() throws IOException, InterruptedException {
    java("17.0.1");
    program("javac", "");
    program("mvn", MAVEN.formatted("3.8.7", 1));
    Outcome outcome = run();
    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.err())
        .contains("building, first time", "line of the log", "anagama: the build failed");
  }

  @Test
  void build_onFirstUseAndAfterChanges() throws IOException, InterruptedException {
    java("17.0.1");
    program("javac", "");
    program("mvn", MAVEN.formatted("4.0.0", 0));
    Outcome first = run("demo", "--out", "two words");
    assertThat(first.err()).isEqualTo("anagama: building, first time takes a few minutes...\n");
    assertThat(first.out())
        .contains("-Danagama.home=" + project)
        .contains(project.resolve("deploy/target/anagama-deploy-1.jar").toString())
        .endsWith("dev.anagama.deploy.cli.Main\ndemo\n--out\ntwo words\n")
        .doesNotContain("native-access");
    assertThat(first.code()).isEqualTo(7);

    assertThat(run("up").err()).isEmpty();

    Path source = Files.writeString(project.resolve("deploy/src/main/A.java"), "");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(5)));
    assertThat(run("up").err()).isEqualTo("anagama: sources changed, building...\n");
  }

  @Test
  void java_recent() throws IOException, InterruptedException {
    java("25");
    program("javac", "");
    program("mvn", MAVEN.formatted("3.9.9", 0));
    assertThat(run("up").out())
        .contains("--enable-native-access=ALL-UNNAMED")
        .contains("--sun-misc-unsafe-memory-access=allow");
  }

  @Test
  void ownPyTorch_ofThisVersion_getsTheBridgeForItsDevices() throws Exception {
    built();
    Path library = ownPyTorch("2.7.1+cu128");
    assertThat(run(library, "up").out()).startsWith("flavor=cpu\n");
    Files.writeString(library.resolve("libtorch_cuda.so"), "");
    assertThat(run(library, "up").out()).startsWith("flavor=cu128\n");
  }

  @Test
  void ownPyTorch_ofAnotherVersion_isRefused() throws Exception {
    built();
    Outcome outcome = run(ownPyTorch("2.11.0+cu130"), "up");
    assertFails(outcome, "PYTORCH_LIBRARY_PATH holds PyTorch 2.11.0; allowed: 2.7.1, which");
  }

  @Test
  void ownLibtorch_ofAnotherVersion_isRefused() throws Exception {
    built();
    Path library = ownPyTorch("2.7.1");
    Files.delete(library.resolveSibling("version.py"));
    Path version = library.resolveSibling("build-version");
    Files.writeString(version, "2.6.0+cu124\n");
    assertFails(run(library, "up"), "PYTORCH_LIBRARY_PATH holds PyTorch 2.6.0; allowed: 2.7.1");
    Files.writeString(version, "2.7.1+cu128\n");
    assertThat(run(library, "up").out()).startsWith("flavor=cpu\n");
  }

  @Test
  void ownPyTorch_notInTheFolder_isRefused() throws Exception {
    built();
    assertFails(run(bin, "up"), "PYTORCH_LIBRARY_PATH is '" + bin + "'; allowed: the one folder");
  }

  /** The folder of libraries in a package of Python's. */
  private Path ownPyTorch(String version) throws IOException {
    Files.writeString(
        project.resolve("pom.xml"),
        "<p>\n  <dep.pytorch.version>2.7.1</dep.pytorch.version>\n</p>");
    Path library = Files.createDirectories(project.resolveSibling("torch").resolve("lib"));
    Files.writeString(library.resolve("libtorch.so"), "");
    Files.writeString(
        library.resolveSibling("version.py"),
        "from typing import Optional\n__version__ = '%s'\ndebug = False\n".formatted(version));
    return library;
  }

  /** A project that needs no build. */
  private void built() throws IOException, InterruptedException {
    java("17.0.1");
    program("javac", "");
    program("mvn", MAVEN.formatted("3.9.9", 0));
    assertThat(run().code()).isEqualTo(7);
    Path stamp = project.resolve("deploy/target/anagama.stamp");
    Files.setLastModifiedTime(stamp, FileTime.from(Instant.now().plusSeconds(60)));
  }

  private static void assertFails(Outcome outcome, String message) {
    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.err().lines()).hasSize(1);
    assertThat(outcome.err()).startsWith("anagama: " + message);
    assertThat(outcome.out()).isEmpty();
  }

  /** A Java that prints its version or else its arguments, and ends with 7. */
  private void java(String version) throws IOException {
    program(
        "java",
        """
        #!/usr/bin/env bash
        if [ "$1" = -version ]; then echo 'openjdk version "%s" 2026-01-01' >&2; exit; fi
        printf '%%s\\n' "flavor=${PYTORCH_FLAVOR:-}" "$@"
        exit 7
        """
            .formatted(version));
  }

  private void program(String name, String text) throws IOException {
    Path file = Files.writeString(bin.resolve(name), text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Outcome run(String... arguments) throws IOException, InterruptedException {
    return run(Map.of(), arguments);
  }

  private Outcome run(Path pyTorch, String... arguments) throws IOException, InterruptedException {
    return run(Map.of("PYTORCH_LIBRARY_PATH", pyTorch.toString()), arguments);
  }

  private Outcome run(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    Path out = project.resolveSibling("out");
    Path err = project.resolveSibling("err");
    ProcessBuilder builder = new ProcessBuilder();
    builder.command().add(bin.resolve("bash").toString());
    builder.command().add(project.resolve("anagama").toString());
    builder.command().addAll(List.of(arguments));
    builder.environment().clear();
    builder.environment().put("PATH", bin.toString());
    builder.environment().putAll(environment);
    Process process =
        builder
            .directory(bin.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
    return new Outcome(process.exitValue(), Files.readString(out), Files.readString(err));
  }
}
