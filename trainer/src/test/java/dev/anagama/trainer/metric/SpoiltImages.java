package dev.anagama.trainer.metric;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.anagama.trainer.data.IdxFiles;
import dev.anagama.trainer.data.LabelledImages;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** Real images of Fashion-MNIST, and what is left of them after noise and blur. */
public final class SpoiltImages {
  /** Images of each kind. */
  public static final int COUNT = 2_000;

  /** Side of the images, in pixels. */
  public static final int SIDE = 28;

  private static final Path FASHION_MNIST = Path.of("/usr/share/datasets/fashion-mnist");

  private SpoiltImages() {}

  /** The first images of a split; skips the test where the data set is not installed. */
  public static float[] read(IdxFiles.Split split) {
    assumeTrue(
        Files.isDirectory(FASHION_MNIST),
        FASHION_MNIST + " is not there; Debian's package dataset-fashion-mnist brings it");
    float[] values = new float[COUNT * SIDE * SIDE];
    LabelledImages images = IdxFiles.read(FASHION_MNIST, split);
    for (int i = 0; i < COUNT; i++) {
      images.decode(i, values, i * SIDE * SIDE);
    }
    return values;
  }

  /** With normal noise of this deviation; pixels are in [-1, 1]. */
  public static float[] noisy(float[] images, double deviation) {
    SplittableRandom random = new SplittableRandom(3);
    float[] spoilt = images.clone();
    for (int i = 0; i < spoilt.length; i++) {
      spoilt[i] += (float) (deviation * random.nextGaussian());
    }
    return spoilt;
  }

  /** The mean of each pixel's 3x3 neighbours inside the image, so many times. */
  public static float[] blurred(float[] images, int times) {
    float[] now = images;
    for (int time = 0; time < times; time++) {
      float[] next = new float[now.length];
      for (int at = 0; at < now.length; at++) {
        next[at] = meanAround(now, at - at % (SIDE * SIDE), at % (SIDE * SIDE));
      }
      now = next;
    }
    return now;
  }

  private static float meanAround(float[] images, int start, int pixel) {
    int y = pixel / SIDE;
    int x = pixel % SIDE;
    float sum = 0;
    int count = 0;
    for (int v = Math.max(0, y - 1); v <= Math.min(SIDE - 1, y + 1); v++) {
      for (int u = Math.max(0, x - 1); u <= Math.min(SIDE - 1, x + 1); u++) {
        sum += images[start + v * SIDE + u];
        count++;
      }
    }
    return sum / count;
  }
}
