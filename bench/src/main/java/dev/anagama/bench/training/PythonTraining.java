package dev.anagama.bench.training;

import ai.djl.Device;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.anagama.bench.PythonProcess;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.checkpoint.Safetensors;
import dev.anagama.diffusion.network.AdamW;
import dev.anagama.diffusion.network.UNet;
import dev.anagama.diffusion.network.UNetConfig;
import dev.anagama.diffusion.network.Weights;
import dev.anagama.diffusion.schedule.LogSnr;
import dev.anagama.trainer.data.LabelledImages;
import dev.anagama.trainer.training.Batch;
import dev.anagama.trainer.training.BatchSource;
import dev.anagama.trainer.training.TrainingLoop;
import dev.anagama.trainer.training.TrainingOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The training loop of {@code bench/peer}: same start, same batches, same optimiser. */
final class PythonTraining implements AutoCloseable {
  /** Batches that it has in memory and goes through again and again. */
  static final int BATCHES = 16;

  private static final JsonMapper JSON =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  private final PythonProcess process;

  private PythonTraining(PythonProcess process) {
    this.process = process;
  }

  /**
   * Starts the peer.
   *
   * @param script the loop
   * @param file where weights and batches are written to
   */
  static PythonTraining start(
      String python,
      Path script,
      Path file,
      TrainingOptions options,
      LabelledImages images,
      Device device)
      throws IOException, InterruptedException {
    UNetConfig config = TrainingLoop.config(options, images.shape());
    Map<String, Weights.Tensor> tensors = batches(options, images);
    UNet.initialWeights(config, options.run().seed())
        .tensors()
        .forEach((name, tensor) -> tensors.put("parameter/" + name, tensor));
    Files.write(
        file,
        Safetensors.write(new Weights(tensors), Map.of("training", description(options, config))));
    return new PythonTraining(
        PythonProcess.start(
            List.of(
                python,
                script.toString(),
                file.toString(),
                "--follow",
                "--precision",
                options.precision().label(),
                "--device",
                device.isGpu() ? "cuda" : "cpu")));
  }

  /** Its threads and the version of its PyTorch, for a reader. */
  String description() {
    return process.description();
  }

  /**
   * The loss of each of its first steps, from the start.
   *
   * @param steps 1 to {@link #BATCHES}
   */
  List<Double> losses(int steps) throws IOException, InterruptedException {
    JsonNode losses = process.ask("losses " + steps, "losses");
    return losses.valueStream().map(JsonNode::doubleValue).toList();
  }

  /** Images a second, over at least so many seconds of whole steps. */
  double imagesPerSecond(double seconds) throws IOException, InterruptedException {
    return process.ask("run " + seconds, "images_per_second").doubleValue();
  }

  @Override
  public void close() {
    process.close();
  }

  private static String description(TrainingOptions options, UNetConfig config) {
    ObjectNode json = JSON.createObjectNode();
    json.set("network", JSON.valueToTree(config));
    TrainingOptions.Optimisation moves = options.optimisation();
    json.put("batch_size", moves.batchSize())
        .put("learning_rate", moves.learningRate())
        .put("weight_decay", moves.weightDecay())
        .put("beta1", AdamW.BETA1)
        .put("beta2", moves.beta2())
        .put("max_gradient_norm", moves.maxGradientNorm())
        .put("average_kept", Math.pow(0.5, moves.batchSize() / moves.emaHalfLifeImages()));
    try {
      return JSON.writeValueAsString(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree is always JSON", e);
    }
  }

  /** The first batches of the run, noised: z, log_snr, condition and eps, row after row. */
  private static Map<String, Weights.Tensor> batches(
      TrainingOptions options, LabelledImages images) {
    BatchSource source = new BatchSource(images, options);
    ImageShape image = images.shape();
    int batchSize = options.optimisation().batchSize();
    int rows = BATCHES * batchSize;
    int size = image.count();
    float[] z = new float[rows * size];
    float[] eps = new float[rows * size];
    float[] levels = new float[rows];
    float[] conditions = new float[rows];
    for (int step = 0; step < BATCHES; step++) {
      Batch batch = source.batch(step);
      for (int row = 0; row < batchSize; row++) {
        int at = step * batchSize + row;
        double logSnr = batch.logSnrs()[row];
        levels[at] = (float) logSnr;
        conditions[at] = batch.conditions()[row];
        float alpha = (float) LogSnr.alpha(logSnr);
        float sigma = (float) LogSnr.sigma(logSnr);
        for (int i = 0; i < size; i++) {
          eps[at * size + i] = batch.eps()[row * size + i];
          z[at * size + i] = alpha * batch.x()[row * size + i] + sigma * eps[at * size + i];
        }
      }
    }
    long[] shape = {rows, image.channels(), image.height(), image.width()};
    Map<String, Weights.Tensor> tensors = new LinkedHashMap<>();
    tensors.put("z", new Weights.Tensor(shape, z));
    tensors.put("eps", new Weights.Tensor(shape, eps));
    tensors.put("log_snr", new Weights.Tensor(new long[] {rows}, levels));
    tensors.put("condition", new Weights.Tensor(new long[] {rows}, conditions));
    return tensors;
  }
}
