package dev.anagama.trainer.evaluation;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.trainer.data.ImageSet;
import dev.anagama.trainer.data.RandomShift;
import java.util.function.DoubleConsumer;
import java.util.stream.IntStream;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.sampling.PermutationSampler;
import org.apache.commons.rng.simple.RandomSource;

/**
 * Trains a feature network: Adam on the cross-entropy, a learning rate that rises over the first
 * tenth and falls to nothing, images moved by a little at random so that they are not learned by
 * heart.
 */
final class FeatureTraining {
  private static final int BATCH_SIZE = FeatureNetwork.BATCH_SIZE;
  private static final float LEARNING_RATE = 2e-3f;
  private static final float WARM_UP = 0.1f;

  private final Trainer trainer;
  private final ImageSet images;
  private final UniformRandomProvider random;
  private final int[] order;
  private int next;

  private FeatureTraining(Trainer trainer, ImageSet images, long seed) {
    this.trainer = trainer;
    this.images = images;
    this.random = RandomSource.XO_SHI_RO_256_PP.create(seed);
    this.order = IntStream.range(0, images.size()).toArray();
    this.next = images.size();
  }

  static void train(
      Model model,
      ImageSet images,
      FeatureDescription description,
      Device device,
      DoubleConsumer progress) {
    int steps = Math.toIntExact(Math.max(1, description.images() / BATCH_SIZE));
    Tracker rate = update -> LEARNING_RATE * rate((float) update / steps);
    DefaultTrainingConfig config =
        new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
            .optOptimizer(Optimizer.adam().optLearningRateTracker(rate).build())
            .optDevices(new Device[] {device});
    ImageShape shape = images.shape();
    try (Trainer trainer = model.newTrainer(config)) {
      trainer.initialize(new Shape(BATCH_SIZE, shape.channels(), shape.height(), shape.width()));
      FeatureTraining training = new FeatureTraining(trainer, images, description.seed());
      for (int step = 0; step < steps; step++) {
        training.step();
        progress.accept((step + 1.0) / steps);
      }
    }
  }

  /** Share of the full rate, once a share of the steps is done. */
  private static float rate(float done) {
    return done < WARM_UP ? done / WARM_UP : Math.max(0, (1 - done) / (1 - WARM_UP));
  }

  private void step() {
    ImageShape shape = images.shape();
    float[] pixels = new float[BATCH_SIZE * shape.count()];
    long[] labels = new long[BATCH_SIZE];
    for (int row = 0; row < BATCH_SIZE; row++) {
      int index = nextIndex();
      images.decode(index, pixels, row * shape.count());
      RandomShift.move(pixels, row * shape.count(), shape, random);
      labels[row] = images.label(index);
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

  /** Every epoch visits all images in an order of its own. */
  private int nextIndex() {
    if (next == order.length) {
      PermutationSampler.shuffle(random, order);
      next = 0;
    }
    return order[next++];
  }
}
