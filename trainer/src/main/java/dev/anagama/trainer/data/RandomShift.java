package dev.anagama.trainer.data;

import dev.anagama.diffusion.checkpoint.ImageShape;
import java.util.Arrays;
import org.apache.commons.rng.UniformRandomProvider;

/** Moves images by some pixels at random, so that a classifier does not learn them by heart. */
public final class RandomShift {
  /** Images are moved by at most this part of their side: a pixel of 28. */
  private static final int SIDES_PER_SHIFT = 28;

  private RandomShift() {}

  /**
   * Moves one image of several in place; what comes in at an edge is the pixel at that edge.
   *
   * @param pixels images, each in the order channels, rows, columns
   * @param offset where the image begins
   */
  public static void move(
      float[] pixels, int offset, ImageShape shape, UniformRandomProvider random) {
    int height = shape.height();
    int width = shape.width();
    int down = shift(height, random);
    int right = shift(width, random);
    if (down == 0 && right == 0) {
      return;
    }
    float[] still = Arrays.copyOfRange(pixels, offset, offset + shape.count());
    for (int channel = 0; channel < shape.channels(); channel++) {
      for (int y = 0; y < height; y++) {
        int from = (channel * height + Math.max(0, Math.min(height - 1, y + down))) * width;
        int to = offset + (channel * height + y) * width;
        for (int x = 0; x < width; x++) {
          pixels[to + x] = still[from + Math.max(0, Math.min(width - 1, x + right))];
        }
      }
    }
  }

  private static int shift(int side, UniformRandomProvider random) {
    int most = side / SIDES_PER_SHIFT;
    return random.nextInt(2 * most + 1) - most;
  }
}
