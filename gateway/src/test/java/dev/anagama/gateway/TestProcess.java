package dev.anagama.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A main class of the tests in a process of its own, to be killed. */
final class TestProcess implements AutoCloseable {
  /** What such a class prints once it serves, before the words that its starter needs. */
  static final String SERVING = "serving ";

  private final Process process;
  private final List<String> said;

  private TestProcess(Process process, List<String> said) {
    this.process = process;
    this.said = said;
  }

  /** Starts a process and returns when it serves. */
  static TestProcess start(Class<?> main, List<String> arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    command.addAll(arguments);
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      if (line.startsWith(SERVING)) {
        return new TestProcess(process, List.of(line.substring(SERVING.length()).split(" ")));
      }
    }
    process.destroyForcibly();
    throw new IllegalStateException(main.getSimpleName() + " ended before it served");
  }

  /** The words that it said once it served. */
  List<String> said() {
    return said;
  }

  /** As {@code kill -9} does: it gets no chance to do anything more. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
