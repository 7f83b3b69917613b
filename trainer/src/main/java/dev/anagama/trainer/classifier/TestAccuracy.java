package dev.anagama.trainer.classifier;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.network.TorchClassifier;
import dev.anagama.diffusion.sampler.NoiseStream;
import dev.anagama.diffusion.schedule.LogSnrRange;
import dev.anagama.trainer.classifier.ClassifierDescription.AtLevel;
import dev.anagama.trainer.data.ImageSet;
import dev.anagama.trainer.training.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;

/** How often a classifier is right about noisy test images, each with the same noise everywhere. */
final class TestAccuracy {
  /** Most images that are looked at, spread evenly over the test set. */
  static final int MAX_IMAGES = 2000;

  /** From where nothing can be told to where hardly any noise is left. */
  private static final List<Double> LEVELS =
      DoubleStream.iterate(-10, level -> level <= 10, level -> level + 2).boxed().toList();

  private static final int BATCH_SIZE = 128;

  private final TorchClassifier classifier;
  private final ImageSet test;
  private final long seed;

  /** Of {@code classifier} on some images of {@code test}. */
  TestAccuracy(TorchClassifier classifier, ImageSet test, long seed) {
    this.classifier = classifier;
    this.test = test;
    this.seed = seed;
  }

  /** How many images of a test set are looked at. */
  static int images(ImageSet test) {
    return Math.min(test.size(), MAX_IMAGES);
  }

  /** Accuracy at the levels of a range. */
  List<AtLevel> overLevels(LogSnrRange range, ClassifierProgress progress) {
    List<Double> levels = LEVELS.stream().filter(range::contains).toList();
    int count = images(test);
    List<AtLevel> found = new ArrayList<>();
    for (double level : levels) {
      int right = 0;
      for (int start = 0; start < count; start += BATCH_SIZE) {
        int end = Math.min(count, start + BATCH_SIZE);
        right += right(level, start, end);
        progress.tested((long) found.size() * count + end, (long) levels.size() * count);
      }
      found.add(new AtLevel(level, (double) right / count));
    }
    return found;
  }

  /** Number of images from one to another whose likeliest class is theirs. */
  private int right(double level, int start, int end) {
    Batch batch = batch(level, start, end);
    ImageShape shape = test.shape();
    long[] likeliest;
    try (NDManager scope = NDManager.newBaseManager()) {
      Shape images = new Shape(end - start, shape.channels(), shape.height(), shape.width());
      likeliest =
          classifier
              .of(scope.create(batch.noisy(), images), scope.create(batch.floatLogSnrs()))
              .argMax(1)
              .toLongArray();
    }
    int right = 0;
    for (int row = 0; row < likeliest.length; row++) {
      if (likeliest[row] == batch.conditions()[row]) {
        right++;
      }
    }
    return right;
  }

  private Batch batch(double level, int start, int end) {
    int rows = end - start;
    int size = test.shape().count();
    Batch batch =
        new Batch(
            new float[rows * size], new long[rows], new double[rows], new float[rows * size], 0);
    Arrays.fill(batch.logSnrs(), level);
    for (int row = 0; row < rows; row++) {
      int index = (int) ((long) (start + row) * test.size() / images(test));
      test.decode(index, batch.x(), row * size);
      batch.conditions()[row] = test.label(index);
      new NoiseStream(seed, start + row).fill(batch.eps(), row * size, size);
    }
    return batch;
  }
}
