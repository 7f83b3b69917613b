package dev.anagama.bench.training;

import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.trainer.data.IdxFiles;
import dev.anagama.trainer.data.LabelledImages;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/**
 * What the benchmark trains on.
 *
 * @param name for the report
 * @param images with their labels
 */
public record TrainingImages(String name, LabelledImages images) {
  private static final Path FASHION_MNIST = Path.of("/usr/share/datasets/fashion-mnist");
  private static final int SYNTHETIC_COUNT = 6_400;
  private static final int CLASSES = 10;

  /** Fashion-MNIST where Debian's package of it is installed, else made images of its size. */
  public static TrainingImages fashionMnist() {
    return Files.isDirectory(FASHION_MNIST)
        ? new TrainingImages("Fashion-MNIST", IdxFiles.read(FASHION_MNIST, IdxFiles.Split.TRAIN))
        : synthetic(new ImageShape(1, 28, 28));
  }

  /** Images of random pixels in ten classes: as much work, nothing to learn. */
  static TrainingImages synthetic(ImageShape shape) {
    SplittableRandom random = new SplittableRandom(1);
    byte[] pixels = new byte[SYNTHETIC_COUNT * shape.count()];
    random.nextBytes(pixels);
    byte[] labels = new byte[SYNTHETIC_COUNT];
    for (int i = 0; i < SYNTHETIC_COUNT; i++) {
      labels[i] = (byte) (i % CLASSES);
    }
    return new TrainingImages(
        "synthetic images of %dx%d".formatted(shape.height(), shape.width()),
        new LabelledImages(shape, pixels, labels));
  }
}
