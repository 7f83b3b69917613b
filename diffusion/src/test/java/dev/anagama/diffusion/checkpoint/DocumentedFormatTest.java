package dev.anagama.diffusion.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.TorchDenoiser;
import dev.anagama.diffusion.network.Weights;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code docs/load_checkpoint.py}, which is {@code docs/checkpoint-format.md} as a program, on a
 * checkpoint written here. It wants a Python with torch, named by {@code ANAGAMA_PYTHON} if it is
 * not {@code python3}.
 */
class DocumentedFormatTest {
  private static final String PYTHON =
      Optional.ofNullable(System.getenv("ANAGAMA_PYTHON")).orElse("python3");
  private static final Path PROGRAM = Path.of("..", "docs", "load_checkpoint.py");

  @TempDir private Path folder;

  /** How a program ended and what it said. */
  private record Ended(int code, String output) {}

  private Ended run(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(PYTHON));
    command.addAll(List.of(arguments));
    Path output = folder.resolve("output");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      if (!process.waitFor(3, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        return new Ended(-1, command + " took too long");
      }
      return new Ended(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
    } catch (IOException e) {
      return new Ended(-1, e.toString());
    }
  }

  /** Inputs and what this project's network makes of them, as a safetensors file. */
  private Path predictions(Checkpoint checkpoint) throws IOException {
    int rows = 4;
    ImageShape image = checkpoint.manifest().image();
    Shape shape = new Shape(rows, image.channels(), image.height(), image.width());
    SplittableRandom random = new SplittableRandom(3);
    float[] z = new float[(int) shape.size()];
    for (int i = 0; i < z.length; i++) {
      z[i] = (float) (4 * random.nextDouble() - 2);
    }
    float[] logSnr = {-20, -1.5f, 3, 20};
    long[] condition = {0, 1, 2, checkpoint.manifest().nullCondition()};
    try (TorchDenoiser denoiser = checkpoint.open(Device.cpu(), Precision.FLOAT32);
        NDManager scope = NDManager.newBaseManager()) {
      NDArray eps =
          denoiser.predictNoise(
              scope.create(z, shape), scope.create(logSnr), scope.create(condition));
      Map<String, Weights.Tensor> tensors = new LinkedHashMap<>();
      tensors.put("z", new Weights.Tensor(shape.getShape(), z));
      tensors.put("log_snr", new Weights.Tensor(new long[] {rows}, logSnr));
      tensors.put("condition", new Weights.Tensor(new long[] {rows}, new float[] {0, 1, 2, 3}));
      tensors.put("eps", new Weights.Tensor(shape.getShape(), eps.toFloatArray()));
      return Files.write(
          folder.resolve("predictions.safetensors"),
          Safetensors.write(new Weights(tensors), Map.of()));
    }
  }

  @Test
  void program_aCheckpointOfAdmsForm_predictsTheSame() throws Exception {
    assumeTorch();
    Path saved = folder.resolve("checkpoint");
    Path predictions = predictions(TinyCheckpoint.writeAdm(saved));

    Ended compared = run(PROGRAM.toString(), saved.toString(), "--compare", predictions.toString());
    assertThat(compared.code()).as(compared.output()).isZero();
  }

  private void assumeTorch() throws Exception {
    Ended torch = run("-c", "import torch");
    assumeTrue(
        torch.code() == 0,
        PYTHON + " has no torch (ANAGAMA_PYTHON may name another): " + torch.output().strip());
  }

  @Test
  void program_aCheckpointOfOurs_predictsAndSamplesTheSame() throws Exception {
    assumeTorch();
    Path saved = folder.resolve("checkpoint");
    Path predictions = predictions(TinyCheckpoint.write(saved));

    Ended compared = run(PROGRAM.toString(), saved.toString(), "--compare", predictions.toString());
    assertThat(compared.output()).contains("tiny 0k-seed1", "largest difference");
    assertThat(compared.code()).as(compared.output()).isZero();

    Path picture = folder.resolve("picture.pgm");
    Ended sampled =
        run(PROGRAM.toString(), saved.toString(), "--sample", picture.toString(), "--steps", "4");
    assertThat(sampled.code()).as(sampled.output()).isZero();
    assertThat(Files.readAllBytes(picture))
        .hasSize("P5 12 8 255\n".length() + 12 * 8)
        .startsWith("P5 12 8 255\n".getBytes(StandardCharsets.US_ASCII));
  }
}
