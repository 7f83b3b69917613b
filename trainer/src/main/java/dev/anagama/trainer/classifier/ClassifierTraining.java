package dev.anagama.trainer.classifier;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.network.AdamW;
import dev.anagama.diffusion.network.ClassifierConfig;
import dev.anagama.diffusion.network.TrainableClassifier;
import dev.anagama.diffusion.network.Weights;
import dev.anagama.trainer.data.ImageSet;
import dev.anagama.trainer.training.Batch;
import dev.anagama.trainer.training.BatchSource;
import dev.anagama.trainer.training.BatchesAhead;
import java.io.InterruptedIOException;

/**
 * Trains a classifier of noisy images by the cross-entropy of their class, at levels from the
 * diffusion's own p(lambda) (Dhariwal and Nichol, arXiv 2105.05233, section 4).
 */
final class ClassifierTraining implements AutoCloseable {
  /** Share of the images over which the learning rate rises. */
  private static final double WARM_UP = 0.1;

  private final ClassifierOptions options;
  private final ImageShape shape;
  private final TrainableClassifier network;
  private final AdamW optimizer;
  private final BatchesAhead batches;
  private final long steps;

  /** Starts from {@code start}. */
  ClassifierTraining(
      ClassifierOptions options,
      ClassifierConfig config,
      Weights start,
      ImageSet images,
      Device device) {
    this.options = options;
    this.shape = images.shape();
    this.steps = options.images() / options.batchSize();
    this.network = new TrainableClassifier(config, start, device, options.precision());
    this.optimizer = new AdamW(network.parameters(), device);
    BatchSource.Draw draw =
        new BatchSource.Draw(
            options.batchSize(), options.logSnrRange(), 0, config.classes(), true, options.seed());
    this.batches = new BatchesAhead(new BatchSource(images, draw));
  }

  /**
   * Trains to the end.
   *
   * @throws IllegalStateException if loss or gradient stop being finite
   * @throws InterruptedIOException if the caller is interrupted
   */
  void run(ClassifierProgress progress) throws InterruptedIOException {
    for (long step = 0; step < steps; step++) {
      double loss = step(step);
      progress.stepDone((step + 1) * options.batchSize(), steps * options.batchSize(), loss);
    }
  }

  /** The weights so far. */
  Weights weights() {
    return optimizer.read(AdamW.Slot::parameter);
  }

  /** The manager under which every step works. */
  NDManager manager() {
    return network.manager();
  }

  @Override
  public void close() {
    batches.close();
    optimizer.close();
    network.close();
  }

  private double step(long step) throws InterruptedIOException {
    Batch batch = batches.take(step);
    double loss = requireFinite("loss", addGradient(batch), step);
    // The average is left as the weights themselves.
    double norm = optimizer.step(step + 1, learningRate(step), options.weightDecay(), 0);
    requireFinite("gradient's norm", norm, step);
    return loss;
  }

  private double addGradient(Batch batch) {
    Shape images = new Shape(options.batchSize(), shape.channels(), shape.height(), shape.width());
    try (NDManager scope = network.manager().newSubManager()) {
      return network.addGradient(
          scope.create(batch.noisy(), images),
          scope.create(batch.floatLogSnrs()),
          scope.create(batch.conditions()));
    }
  }

  private double learningRate(long step) {
    double done = (double) step / steps;
    return options.learningRate()
        * Math.min((done + 1.0 / steps) / WARM_UP, (1 - done) / (1 - WARM_UP));
  }

  private double requireFinite(String what, double value, long step) {
    if (!Double.isFinite(value)) {
      throw new IllegalStateException(
          "the %s became %s after %d images; a smaller --learning-rate may help"
              .formatted(what, value, step * options.batchSize()));
    }
    return value;
  }
}
