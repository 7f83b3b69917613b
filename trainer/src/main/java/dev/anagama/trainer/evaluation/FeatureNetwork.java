package dev.anagama.trainer.evaluation;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.checkpoint.Safetensors;
import dev.anagama.diffusion.network.Weights;
import dev.anagama.trainer.data.DataException;
import dev.anagama.trainer.data.ImageSet;
import dev.anagama.trainer.metric.FeatureRows;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.DoubleConsumer;

/**
 * A classifier of real images that measures generated ones: its features and its class
 * probabilities. It never sees noise and guides nothing, so it can judge. As a file it is
 * safetensors with its description in the header, and its SHA-256 says which figures can be
 * compared.
 */
public final class FeatureNetwork implements AutoCloseable {
  /** Images looked at together. */
  static final int BATCH_SIZE = 128;

  private final FeatureDescription description;
  private final Model model;
  private final SequentialBlock body;
  private final Linear head;
  private final ParameterStore parameters;

  private FeatureNetwork(FeatureDescription description, Model model) {
    this.description = description;
    this.model = model;
    this.body = description.design().body();
    this.head = Linear.builder().setUnits(description.classes()).build();
    model.setBlock(new SequentialBlock().add(body).add(head));
    this.parameters = new ParameterStore(model.getNDManager(), false);
  }

  /**
   * What the network makes of images.
   *
   * @param features a row for each image
   * @param probabilities of the classes, a row for each image
   */
  public record Answers(FeatureRows features, FeatureRows probabilities) {}

  /**
   * Trains a network.
   *
   * @param images at least {@value #BATCH_SIZE}
   * @param progress hears the share done, from 0 to 1
   * @throws DataException if there are too few images
   */
  static FeatureNetwork train(
      FeatureDescription description, ImageSet images, Device device, DoubleConsumer progress) {
    if (images.size() < BATCH_SIZE) {
      throw new DataException(
          "there are %d images to train a classifier on; allowed: at least %d"
              .formatted(images.size(), BATCH_SIZE));
    }
    Engine.getEngine("PyTorch").setRandomSeed(Long.hashCode(description.seed()));
    FeatureNetwork network = create(description, device);
    try {
      FeatureTraining.train(network.model, images, description, device, progress);
      return network;
    } catch (RuntimeException e) {
      network.close();
      throw e;
    }
  }

  /**
   * Reads a network from a file.
   *
   * @throws DataException if the file is not one
   */
  static FeatureNetwork open(Path file, Device device) {
    byte[] bytes = bytes(file);
    FeatureDescription description =
        FeatureDescription.of(file, Safetensors.metadata(file.toString(), bytes));
    Weights weights = Safetensors.read(file.toString(), bytes);
    FeatureNetwork network = create(description, device);
    try {
      ImageShape shape = description.shape();
      network
          .model
          .getBlock()
          .initialize(
              network.model.getNDManager(),
              DataType.FLOAT32,
              new Shape(1, shape.channels(), shape.height(), shape.width()));
      network.restore(file, weights);
      return network;
    } catch (RuntimeException e) {
      network.close();
      throw e;
    }
  }

  private static FeatureNetwork create(FeatureDescription description, Device device) {
    return new FeatureNetwork(description, Model.newInstance("feature-network", device, "PyTorch"));
  }

  /** Writes the network, all of it or nothing. */
  void write(Path file) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.write(part, Safetensors.write(weights(), description.toMetadata()));
    Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  /** SHA-256 of a file, lower-case hexadecimal. */
  static String sha256(Path file) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes(file)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** How it was built and trained. */
  public FeatureDescription description() {
    return description;
  }

  /**
   * Looks at images.
   *
   * @param pixels values in [-1, 1], [N, channels, height, width], N at least 1
   */
  public Answers answer(float[] pixels) {
    ImageShape shape = description.shape();
    int count = pixels.length / shape.count();
    try (NDManager scope = model.getNDManager().newSubManager()) {
      NDArray x =
          scope.create(pixels, new Shape(count, shape.channels(), shape.height(), shape.width()));
      NDList features = body.forward(parameters, new NDList(x), false);
      NDArray scores = head.forward(parameters, features, false).singletonOrThrow();
      return new Answers(
          new FeatureRows(features.singletonOrThrow().toFloatArray(), description.design().width()),
          new FeatureRows(scores.softmax(1).toFloatArray(), description.classes()));
    }
  }

  /** The manager under which it answers. */
  NDManager manager() {
    return model.getNDManager();
  }

  @Override
  public void close() {
    model.close();
  }

  private Weights weights() {
    Map<String, Weights.Tensor> tensors = new LinkedHashMap<>();
    for (Pair<String, Parameter> entry : model.getBlock().getParameters()) {
      NDArray array = entry.getValue().getArray();
      // Read through a view: DJL may leave a copy with the manager of what it reads.
      try (NDManager scope = array.getManager().newSubManager()) {
        NDArray view = array.stopGradient();
        view.attach(scope);
        tensors.put(
            entry.getKey(), new Weights.Tensor(array.getShape().getShape(), view.toFloatArray()));
      }
    }
    return new Weights(tensors);
  }

  private void restore(Path file, Weights weights) {
    for (Pair<String, Parameter> entry : model.getBlock().getParameters()) {
      NDArray array = entry.getValue().getArray();
      Weights.Tensor tensor = weights.tensors().get(entry.getKey());
      if (tensor == null || !Arrays.equals(tensor.shape(), array.getShape().getShape())) {
        throw new DataException(
            "%s has no tensor %s of shape %s; it is of another release"
                .formatted(file, entry.getKey(), array.getShape()));
      }
      array.set(FloatBuffer.wrap(tensor.values()));
    }
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new DataException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }
}
