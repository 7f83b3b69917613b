package dev.anagama.bench.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.anagama.bench.PythonProcess;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.checkpoint.Safetensors;
import dev.anagama.diffusion.checkpoint.SamplingDefaults;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The Python loop of {@code bench/peer}, in a process that works only when it is asked to. */
final class PythonPeer implements AutoCloseable {
  private static final int CHECKED_ROWS = 16;

  private final PythonProcess process;

  private PythonPeer(PythonProcess process) {
    this.process = process;
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
    return new PythonPeer(
        PythonProcess.start(
            List.of(
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
                Double.toString(defaults.guidanceScale()))));
  }

  /** Images of the batch that it found fastest. */
  int batch() {
    return process.found().path("batch").intValue();
  }

  /** Its threads and the version of its PyTorch, for a reader. */
  String description() {
    return process.description();
  }

  /** Guided images a second, over at least so many seconds of whole batches. */
  double imagesPerSecond(double seconds) throws IOException, InterruptedException {
    return process.ask("run " + seconds, "images_per_second").doubleValue();
  }

  /**
   * How far its network's prediction is from ours for the same rows: root mean square of the
   * difference over that of ours.
   *
   * @param file where the rows are written to
   */
  double relativeError(ModelUnderTest model, Path file) throws IOException, InterruptedException {
    Files.write(file, Safetensors.write(new Weights(rows(model)), Map.of()));
    return process.ask("check " + file, "relative_error").doubleValue();
  }

  /** Largest {@link #relativeError} at which both compute the same. */
  static double tolerance(Precision precision) {
    return precision == Precision.FLOAT32 ? 1e-4 : 0.03;
  }

  @Override
  public void close() {
    process.close();
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
