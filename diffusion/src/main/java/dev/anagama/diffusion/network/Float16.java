package dev.anagama.diffusion.network;

/** Conversion to IEEE half precision: 5 bits of exponent, 10 of significand. */
final class Float16 {
  /** Half of a unit in the last place above the largest half, 65504: from here on it is infinite. */
  private static final float OVERFLOW = 65520;

  /** The smallest normal half, 2^-14. */
  private static final float SMALLEST_NORMAL = 0x1p-14f;

  /** The unit of the halves below that. */
  private static final float SUBNORMAL_UNIT = 0x1p-24f;

  private static final int INFINITY = 0x7C00;
  private static final int QUIET = 0x0200;

  private Float16() {}

  /** Whether {@code value} is finite and its nearest half is not. */
  static boolean overflows(float value) {
    return Float.isFinite(value) && Math.abs(value) >= OVERFLOW;
  }

  /** The half nearest to {@code value}, ties to even; NaN stays NaN, too large is infinite. */
  static short fromFloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 16) & 0x8000;
    float size = Math.abs(value);
    if (Float.isNaN(value)) {
      return (short) (sign | INFINITY | QUIET | ((bits >>> 13) & 0x03FF));
    }
    if (size >= OVERFLOW) {
      return (short) (sign | INFINITY);
    }
    if (size < SMALLEST_NORMAL) {
      // The quotient is exact, and rint breaks ties to even; 1024 units are the smallest normal.
      return (short) (sign | (int) Math.rint(size / SUBNORMAL_UNIT));
    }
    // Dropping 13 bits of the significand; a carry goes on into the exponent, as it should.
    int magnitude = bits & 0x7FFFFFFF;
    int tieToEven = 0x0FFF + ((magnitude >>> 13) & 1);
    int bias = (127 - 15) << 23;
    return (short) (sign | ((magnitude - bias + tieToEven) >>> 13));
  }
}
