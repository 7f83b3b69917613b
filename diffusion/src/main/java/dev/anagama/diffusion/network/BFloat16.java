package dev.anagama.diffusion.network;

/** Conversion to bfloat16, the upper half of a float32. */
final class BFloat16 {
  private BFloat16() {}

  /** The bfloat16 nearest to {@code value}, ties to even; NaN stays NaN. */
  static short fromFloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40);
    }
    int tieToEven = 0x7FFF + ((bits >>> 16) & 1);
    return (short) ((bits + tieToEven) >>> 16);
  }
}
