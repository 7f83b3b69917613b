package dev.anagama.diffusion.image;

/**
 * Between model values in [-1, 1] and 8-bit pixels.
 *
 * <p>To 8 bits: {@code (x + 1) * 127.5}, computed in double, rounded half up and clipped to [0,
 * 255]. Back: {@code b / 127.5 - 1}. Every 8-bit value survives the way there and back.
 */
public final class PixelCodec {
  private static final double HALF_RANGE = 127.5;
  private static final int MAX_PIXEL = 255;

  private PixelCodec() {}

  /**
   * Model values as pixels.
   *
   * @param values any numbers; those outside [-1, 1] are clipped
   * @return unsigned bytes, as many, in the same order
   * @throws IllegalArgumentException if a value is not a number
   */
  public static byte[] encode(float[] values) {
    byte[] pixels = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      if (Float.isNaN(values[i])) {
        throw new IllegalArgumentException("value " + i + " is NaN, must be a number");
      }
      double scaled = Math.floor((values[i] + 1.0) * HALF_RANGE + 0.5);
      pixels[i] = (byte) (int) Math.max(0, Math.min(MAX_PIXEL, scaled));
    }
    return pixels;
  }

  /**
   * Pixels as model values.
   *
   * @param pixels unsigned bytes
   * @return values in [-1, 1], as many, in the same order
   */
  public static float[] decode(byte[] pixels) {
    float[] values = new float[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      values[i] = (float) (Byte.toUnsignedInt(pixels[i]) / HALF_RANGE - 1);
    }
    return values;
  }
}
