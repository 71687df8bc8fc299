package io.genrec.testkit;

import io.genrec.engine.onnx.Precision;
import java.util.Arrays;

/**
 * How far two ways to compute the same may differ: by rounding, so that a wrong mask still shows.
 *
 * @param bound the largest difference, as a share of the larger of 1 and the largest magnitude
 * @param basis what the bound is based on, for messages
 */
record Tolerance(double bound, String basis) {
  /** That of a precision. */
  static Tolerance of(Precision precision, String reason) {
    return precision == Precision.FLOAT64
        ? new Tolerance(1e-11, "64 bits")
        : new Tolerance(1e-5, "32 bits" + (reason.isEmpty() ? "" : " (" + reason + ")"));
  }

  /** Fails unless two arrays are equal but for rounding. */
  void requireSame(String what, double[] found, double[] expected) {
    double scale = Math.max(1, Arrays.stream(expected).map(Math::abs).max().orElse(0));
    for (int i = 0; i < expected.length; i++) {
      if (!(Math.abs(found[i] - expected[i]) <= bound * scale)) {
        throw new AssertionError(
            what
                + ": entry "
                + i
                + " is "
                + found[i]
                + " but should be "
                + expected[i]
                + " (within "
                + bound * scale
                + ", in "
                + basis
                + ")");
      }
    }
  }

  /** Fails if an entry is NaN or infinite. */
  static void requireFinite(String what, double[] found) {
    for (int i = 0; i < found.length; i++) {
      if (!Double.isFinite(found[i])) {
        throw new AssertionError(what + ": entry " + i + " is " + found[i]);
      }
    }
  }
}
