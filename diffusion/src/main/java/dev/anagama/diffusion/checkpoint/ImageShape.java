package dev.anagama.diffusion.checkpoint;

/**
 * Size of the images that a checkpoint makes.
 *
 * @param channels 1 (grey) or 3 (red, green, blue)
 * @param height pixels, 1 to {@value #MAX_SIDE}
 * @param width pixels, 1 to {@value #MAX_SIDE}
 */
public record ImageShape(int channels, int height, int width) {
  /** Longest side that is accepted, in pixels. */
  public static final int MAX_SIDE = 1024;

  public ImageShape {
    if (channels != 1 && channels != 3) {
      throw new IllegalArgumentException("image.channels is " + channels + "; allowed: 1 or 3");
    }
    requireSide("height", height);
    requireSide("width", width);
  }

  /** Number of values in one image. */
  public int count() {
    return channels * height * width;
  }

  /** The same size with one channel. */
  public ImageShape inGrey() {
    return new ImageShape(1, height, width);
  }

  private static void requireSide(String field, int pixels) {
    if (pixels < 1 || pixels > MAX_SIDE) {
      throw new IllegalArgumentException(
          "image.%s is %d; allowed: 1 to %d".formatted(field, pixels, MAX_SIDE));
    }
  }
}
