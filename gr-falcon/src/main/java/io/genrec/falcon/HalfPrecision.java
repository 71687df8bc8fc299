package io.genrec.falcon;

/**
 * IEEE 754 half precision: 1 sign bit, 5 of exponent, 10 of fraction. Java 17 has no conversion of
 * its own.
 */
final class HalfPrecision {
  private static final int FRACTION_BITS = 10;
  private static final int FLOAT_FRACTION_BITS = 23;
  private static final int SHIFT = FLOAT_FRACTION_BITS - FRACTION_BITS;
  private static final float LEAST_NORMAL = 0x1p-14f;
  private static final float LEAST = 0x1p-24f;
  private static final float BEYOND = 65520f;
  private static final int INFINITY = 0x7c00;
  private static final int NOT_A_NUMBER = 0x7e00;

  private HalfPrecision() {}

  /** The nearest half, ties to even; what is too large becomes infinite. */
  static short of(float value) {
    int sign = (Float.floatToRawIntBits(value) >>> 16) & 0x8000;
    float size = Math.abs(value);
    if (Float.isNaN(value)) {
      return (short) (sign | NOT_A_NUMBER);
    }
    if (size >= BEYOND) {
      return (short) (sign | INFINITY);
    }
    if (size < LEAST_NORMAL) {
      return (short) (sign | (int) Math.rint(size / LEAST));
    }
    int bits = Float.floatToRawIntBits(size);
    int half = (1 << (SHIFT - 1)) - 1 + ((bits >>> SHIFT) & 1);
    // A carry out of the fraction moves the exponent on, as it should.
    return (short) (sign | (((bits + half) >>> SHIFT) - (112 << FRACTION_BITS)));
  }

  /** The value of a half, exactly. */
  static float toFloat(short half) {
    int exponent = (half >>> FRACTION_BITS) & 0x1f;
    int fraction = half & 0x3ff;
    float size;
    if (exponent == 0) {
      size = fraction * LEAST;
    } else if (exponent == 0x1f) {
      size = fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
    } else {
      size = Float.intBitsToFloat((exponent + 112) << FLOAT_FRACTION_BITS | fraction << SHIFT);
    }
    return half < 0 ? -size : size;
  }
}
