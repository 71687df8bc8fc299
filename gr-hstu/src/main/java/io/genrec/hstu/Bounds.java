package io.genrec.hstu;

import org.jspecify.annotations.Nullable;

/** What options refuse. */
final class Bounds {
  private Bounds() {}

  /** An absent value passes. */
  static void requirePositive(String name, @Nullable Integer value) {
    if (value != null && value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1 but is " + value);
    }
  }

  static void requireNotNegative(String name, int value) {
    if (value < 0) {
      throw new IllegalArgumentException(name + " must be at least 0 but is " + value);
    }
  }

  static void requireAbove0(String name, double value) {
    if (!(value > 0)) {
      throw new IllegalArgumentException(name + " must be above 0 but is " + value);
    }
  }

  static void requireRate(String name, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(name + " must be at least 0 and below 1 but is " + value);
    }
  }
}
