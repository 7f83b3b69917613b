package dev.anagama.trainer.evaluation;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.trainer.data.DataException;
import dev.anagama.trainer.data.LabelledImages;
import java.util.function.DoubleConsumer;
import java.util.stream.IntStream;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.sampling.PermutationSampler;
import org.apache.commons.rng.simple.RandomSource;

/**
 * A small convolutional classifier of real images: four 3x3 convolutions with batch normalisation
 * in two resolutions and a linear map. It never sees noise and guides nothing, so it can judge.
 */
public final class LabelClassifier implements AutoCloseable {
  private static final int BATCH_SIZE = 128;
  private static final float LEARNING_RATE = 1e-3f;

  private final Model model;
  private final SequentialBlock network;
  private final ParameterStore parameters;

  private LabelClassifier(Model model, SequentialBlock network) {
    this.model = model;
    this.network = network;
    this.parameters = new ParameterStore(model.getNDManager(), false);
  }

  /**
   * Trains a classifier with Adam.
   *
   * @param images at least {@value #BATCH_SIZE}
   * @param classes more than the largest label
   * @param epochs passes over the images, at least 1; the learning rate falls tenfold for the last
   * @param progress hears the share done, from 0 to 1
   * @throws DataException if there are too few images
   */
  public static LabelClassifier train(
      LabelledImages images,
      int classes,
      int epochs,
      long seed,
      Device device,
      DoubleConsumer progress) {
    if (images.size() < BATCH_SIZE) {
      throw new DataException(
          "there are %d images to train a classifier on; allowed: at least %d"
              .formatted(images.size(), BATCH_SIZE));
    }
    Engine.getEngine("PyTorch").setRandomSeed(Long.hashCode(seed));
    Model model = Model.newInstance("label-classifier", device, "PyTorch");
    try {
      SequentialBlock network = network(classes);
      model.setBlock(network);
      train(model, images, epochs, seed, device, progress);
      return new LabelClassifier(model, network);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  private static void train(
      Model model,
      LabelledImages images,
      int epochs,
      long seed,
      Device device,
      DoubleConsumer progress) {
    int steps = images.size() / BATCH_SIZE;
    int lastEpoch = steps * (epochs - 1);
    Tracker rate = update -> update > lastEpoch ? LEARNING_RATE / 10 : LEARNING_RATE;
    DefaultTrainingConfig config =
        new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
            .optOptimizer(Optimizer.adam().optLearningRateTracker(rate).build())
            .optDevices(new Device[] {device});
    UniformRandomProvider random = RandomSource.XO_SHI_RO_256_PP.create(seed);
    ImageShape shape = images.shape();
    try (Trainer trainer = model.newTrainer(config)) {
      trainer.initialize(new Shape(BATCH_SIZE, shape.channels(), shape.height(), shape.width()));
      int[] order = IntStream.range(0, images.size()).toArray();
      for (int epoch = 0; epoch < epochs; epoch++) {
        PermutationSampler.shuffle(random, order);
        for (int step = 0; step < steps; step++) {
          trainStep(trainer, images, order, step * BATCH_SIZE);
          progress.accept((epoch * steps + step + 1.0) / (epochs * steps));
        }
      }
    }
  }

  /**
   * The likeliest label of each image.
   *
   * @param pixels values in [-1, 1], [N, channels, height, width]
   */
  public long[] labels(float[] pixels, ImageShape shape) {
    int count = pixels.length / shape.count();
    try (NDManager scope = model.getNDManager().newSubManager()) {
      NDArray x =
          scope.create(pixels, new Shape(count, shape.channels(), shape.height(), shape.width()));
      NDArray scores = network.forward(parameters, new NDList(x), false).singletonOrThrow();
      return scores.argMax(1).toLongArray();
    }
  }

  /** Share of images that get their own label, in [0, 1]. */
  public double accuracy(LabelledImages images) {
    int right = 0;
    for (int start = 0; start < images.size(); start += BATCH_SIZE) {
      int end = Math.min(images.size(), start + BATCH_SIZE);
      float[] pixels = new float[(end - start) * images.shape().count()];
      for (int i = start; i < end; i++) {
        images.decode(i, pixels, (i - start) * images.shape().count());
      }
      long[] found = labels(pixels, images.shape());
      for (int i = start; i < end; i++) {
        right += found[i - start] == images.label(i) ? 1 : 0;
      }
    }
    return (double) right / images.size();
  }

  /** The manager under which it answers. */
  NDManager manager() {
    return model.getNDManager();
  }

  @Override
  public void close() {
    model.close();
  }

  private static void trainStep(Trainer trainer, LabelledImages images, int[] order, int start) {
    ImageShape shape = images.shape();
    float[] pixels = new float[BATCH_SIZE * shape.count()];
    long[] labels = new long[BATCH_SIZE];
    for (int row = 0; row < BATCH_SIZE; row++) {
      images.decode(order[start + row], pixels, row * shape.count());
      labels[row] = images.label(order[start + row]);
    }
    try (NDManager scope = trainer.getManager().newSubManager()) {
      NDArray x =
          scope.create(
              pixels, new Shape(BATCH_SIZE, shape.channels(), shape.height(), shape.width()));
      NDArray y = scope.create(labels).toType(DataType.FLOAT32, false);
      try (GradientCollector gradients = trainer.newGradientCollector()) {
        NDList scores = trainer.forward(new NDList(x));
        scores.attach(scope);
        gradients.backward(trainer.getLoss().evaluate(new NDList(y), scores));
      }
      trainer.step();
    }
  }

  private static SequentialBlock network(int classes) {
    SequentialBlock network = new SequentialBlock();
    for (int channels : new int[] {32, 64}) {
      for (int layer = 0; layer < 2; layer++) {
        network
            .add(
                Conv2d.builder()
                    .setKernelShape(new Shape(3, 3))
                    .optPadding(new Shape(1, 1))
                    .setFilters(channels)
                    .build())
            .add(BatchNorm.builder().build())
            .add(Activation.reluBlock());
      }
      network.add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)));
    }
    return network.add(Blocks.batchFlattenBlock()).add(Linear.builder().setUnits(classes).build());
  }
}
