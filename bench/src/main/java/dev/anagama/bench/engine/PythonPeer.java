package dev.anagama.bench.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.checkpoint.Safetensors;
import dev.anagama.diffusion.checkpoint.SamplingDefaults;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.Weights;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The Python loop of {@code bench/peer}, in a process that works only when it is asked to. */
final class PythonPeer implements AutoCloseable {
  private static final JsonMapper JSON = new JsonMapper();
  private static final long FIND_SECONDS = 60;
  private static final long ANSWER_SECONDS = 300;
  private static final long CLOSE_SECONDS = 10;
  private static final int CHECKED_ROWS = 16;

  private final Process process;
  private final BufferedReader answers;
  private final Writer requests;
  private final JsonNode found;

  private PythonPeer(Process process) throws IOException, InterruptedException {
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
  static Optional<String> withTorch(List<String> candidates) throws InterruptedException {
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
   * Starts the peer; it looks for its best batch size before this returns.
   *
   * @param script the loop
   */
  static PythonPeer start(String python, Path script, ModelUnderTest model)
      throws IOException, InterruptedException {
    Checkpoint checkpoint = model.checkpoint();
    SamplingDefaults defaults = checkpoint.manifest().defaults();
    Process process =
        new ProcessBuilder(
                python,
                script.toString(),
                checkpoint.folder().toString(),
                "--follow",
                "--precision",
                model.precision().label(),
                "--device",
                model.device().isGpu() ? "cuda" : "cpu",
                "--steps",
                Integer.toString(defaults.numInferenceSteps()),
                "--guidance-scale",
                Double.toString(defaults.guidanceScale()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      return new PythonPeer(process);
    } catch (IOException | InterruptedException | RuntimeException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  /** Images of the batch that it found fastest. */
  int batch() {
    return found.path("batch").intValue();
  }

  /** Its threads and the version of its PyTorch, for a reader. */
  String description() {
    return "PyTorch %s, %d threads, batches of %d"
        .formatted(found.path("torch").asText(), found.path("threads").intValue(), batch());
  }

  /** Guided images a second, over at least so many seconds of whole batches. */
  double imagesPerSecond(double seconds) throws IOException, InterruptedException {
    return ask("run " + seconds, "images_per_second");
  }

  /**
   * How far its network's prediction is from ours for the same rows: root mean square of the
   * difference over that of ours.
   *
   * @param file where the rows are written to
   */
  double relativeError(ModelUnderTest model, Path file) throws IOException, InterruptedException {
    Files.write(file, Safetensors.write(new Weights(rows(model)), Map.of()));
    return ask("check " + file, "relative_error");
  }

  /** Largest {@link #relativeError} at which both compute the same. */
  static double tolerance(Precision precision) {
    return precision == Precision.FLOAT32 ? 1e-4 : 0.03;
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

  private double ask(String request, String figure) throws IOException, InterruptedException {
    requests.write(request + "\n");
    requests.flush();
    JsonNode answer = answer();
    if (!answer.path(figure).isNumber()) {
      throw new IOException("the Python peer answered '%s' to %s".formatted(answer, request));
    }
    return answer.path(figure).doubleValue();
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

  private static Map<String, Weights.Tensor> rows(ModelUnderTest model) {
    ImageShape image = model.manifest().image();
    int classes = model.manifest().classNames().size();
    float[] levels = new float[CHECKED_ROWS];
    float[] labels = new float[CHECKED_ROWS];
    for (int row = 0; row < CHECKED_ROWS; row++) {
      levels[row] = -15 + 30f * row / (CHECKED_ROWS - 1);
      labels[row] = row % (classes + 1);
    }
    try (NDManager manager = NDManager.newBaseManager(model.device())) {
      Shape shape = new Shape(CHECKED_ROWS, image.channels(), image.height(), image.width());
      NDArray z = manager.randomNormal(shape);
      NDArray eps =
          model
              .denoiser()
              .predictNoise(
                  z, manager.create(levels), manager.create(labels).toType(DataType.INT64, false));
      Map<String, Weights.Tensor> tensors = new LinkedHashMap<>();
      tensors.put("z", new Weights.Tensor(shape.getShape(), z.toFloatArray()));
      tensors.put("log_snr", new Weights.Tensor(new long[] {CHECKED_ROWS}, levels));
      tensors.put("condition", new Weights.Tensor(new long[] {CHECKED_ROWS}, labels));
      tensors.put("eps", new Weights.Tensor(shape.getShape(), eps.toFloatArray()));
      return tensors;
    }
  }
}
