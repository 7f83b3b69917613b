package dev.anagama.trainer.classifier;

import ai.djl.Device;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.network.ClassifierConfig;
import dev.anagama.diffusion.network.TorchClassifier;
import dev.anagama.diffusion.network.TrainableClassifier;
import dev.anagama.diffusion.network.Weights;
import dev.anagama.trainer.classifier.ClassifierDescription.AtLevel;
import dev.anagama.trainer.data.DataException;
import dev.anagama.trainer.data.DataFolder;
import dev.anagama.trainer.data.IdxFiles;
import dev.anagama.trainer.data.ImageSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Trains a classifier of noisy images from a folder of images to a file. */
public final class ClassifierTrainer {
  private ClassifierTrainer() {}

  /**
   * Trains a classifier, tests it and writes {@code out/classifier.safetensors}. A run takes some
   * minutes and is not resumed: nothing is written before its end.
   *
   * @param data training and test images with labels
   * @return what was written
   * @throws DataException if the data can not be used, or {@code out} has a classifier already
   * @throws IllegalArgumentException if the options do not make a classifier of such images
   * @throws IllegalStateException if the training diverges
   */
  public static ClassifierDescription train(
      ClassifierOptions options,
      DataFolder data,
      Path out,
      Device device,
      ClassifierProgress progress)
      throws IOException {
    Path file = out.resolve(NoiseAwareClassifier.FILE);
    if (Files.exists(file)) {
      throw new DataException(file + " is there already; choose another --out, or delete it");
    }
    ImageSet images = data.open(IdxFiles.Split.TRAIN);
    ImageSet test = data.open(IdxFiles.Split.TEST);
    ClassifierConfig config = config(options, images);
    ClassifierDescription.requireFits(config, images.shape());
    if (!test.shape().equals(images.shape()) || test.classes() > images.classes()) {
      throw new DataException(
          "%s has test images of %s with labels up to %d; the training images are %s in %d classes"
              .formatted(
                  data.path(), test.shape(), test.classes() - 1, images.shape(), images.classes()));
    }
    Files.createDirectories(out);
    Weights start = TrainableClassifier.initialWeights(config, options.seed());
    Weights weights;
    try (ClassifierTraining training =
        new ClassifierTraining(options, config, start, images, device)) {
      training.run(progress);
      weights = training.weights();
    }
    List<AtLevel> accuracy;
    try (TorchClassifier trained =
        new TorchClassifier(config, weights, device, options.precision())) {
      accuracy =
          new TestAccuracy(trained, test, options.seed())
              .overLevels(options.logSnrRange(), progress);
    }
    ClassifierDescription description =
        description(options, config, images.shape(), TestAccuracy.images(test), accuracy);
    NoiseAwareClassifier.write(file, description, weights);
    return description;
  }

  private static ClassifierConfig config(ClassifierOptions options, ImageSet images) {
    ClassifierOptions.Size size = options.network();
    return new ClassifierConfig(
        images.shape().channels(),
        size.patchSize(),
        size.channelsPerLevel(),
        size.blocksPerLevel(),
        size.poolHeads(),
        size.embeddingChannels(),
        images.classes());
  }

  private static ClassifierDescription description(
      ClassifierOptions options,
      ClassifierConfig config,
      ImageShape shape,
      int testImages,
      List<AtLevel> accuracy) {
    return new ClassifierDescription(
        config,
        shape,
        options.logSnrRange(),
        options.dataset(),
        options.images() / options.batchSize() * options.batchSize(),
        options.batchSize(),
        options.learningRate(),
        options.weightDecay(),
        options.precision(),
        options.seed(),
        testImages,
        accuracy);
  }
}
