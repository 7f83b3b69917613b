package dev.anagama.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A script of {@code bench/peer} in a process that works only when it is asked to: a line for each
 * request, a line of JSON for each answer, and one at the start that says what it found.
 */
public final class PythonProcess implements AutoCloseable {
  private static final JsonMapper JSON = new JsonMapper();
  private static final long FIND_SECONDS = 60;
  private static final long ANSWER_SECONDS = 300;
  private static final long CLOSE_SECONDS = 10;

  private final Process process;
  private final BufferedReader answers;
  private final Writer requests;
  private final JsonNode found;

  private PythonProcess(Process process) throws IOException, InterruptedException {
    this.process = process;
    this.answers = process.inputReader(StandardCharsets.UTF_8);
    this.requests = process.outputWriter(StandardCharsets.UTF_8);
    this.found = answer();
  }

  /**
   * The first of some Pythons that imports torch.
   *
   * @param candidates programs, by path or name
   */
  public static Optional<String> withTorch(List<String> candidates) throws InterruptedException {
    for (String candidate : candidates) {
      if (importsTorch(candidate)) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }

  private static boolean importsTorch(String python) throws InterruptedException {
    Process process;
    try {
      process =
          new ProcessBuilder(python, "-c", "import torch")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      // There is no such program.
      return false;
    }
    boolean ended = process.waitFor(FIND_SECONDS, TimeUnit.SECONDS);
    process.destroy();
    return ended && process.exitValue() == 0;
  }

  /**
   * Starts a script and waits for its first line.
   *
   * @param command program, script and arguments
   * @throws IOException if it can not be started or says nothing
   */
  public static PythonProcess start(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try {
      return new PythonProcess(process);
    } catch (IOException | InterruptedException | RuntimeException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  /** What it said at the start. */
  public JsonNode found() {
    return found;
  }

  /** Its threads, batch and the version of its PyTorch, for a reader. */
  public String description() {
    return "PyTorch %s, %d threads, batches of %d"
        .formatted(
            found.path("torch").asText(),
            found.path("threads").intValue(),
            found.path("batch").intValue());
  }

  /** The part of its answer that is called {@code name}. */
  public JsonNode ask(String request, String name) throws IOException, InterruptedException {
    requests.write(request + "\n");
    requests.flush();
    JsonNode answer = answer();
    if (!answer.has(name)) {
      throw new IOException("the Python peer answered '%s' to %s".formatted(answer, request));
    }
    return answer.path(name);
  }

  @Override
  public void close() {
    try {
      requests.close();
      if (!process.waitFor(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private JsonNode answer() throws IOException, InterruptedException {
    CompletableFuture<String> line =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return Objects.requireNonNullElse(answers.readLine(), "");
              } catch (IOException e) {
                return "";
              }
            });
    try {
      String text = line.get(ANSWER_SECONDS, TimeUnit.SECONDS);
      if (text.isEmpty()) {
        throw new IOException("the Python peer has ended; what it said stands above");
      }
      return JSON.readTree(text);
    } catch (ExecutionException e) {
      throw new IllegalStateException("reading a line does not fail", e);
    } catch (TimeoutException e) {
      throw new IOException("no answer of the Python peer in " + ANSWER_SECONDS + " s", e);
    }
  }
}
