package io.genrec.transformer;

import java.util.Arrays;

/** Operations on rows of 64-bit reals, as their definitions state them. */
final class SlowRows {
  private SlowRows() {}

  /** Columns from a place on of row times matrix [row's width, columns], plus a bias if any. */
  static double[] product(
      double[] row, double[] matrix, int columns, int from, int width, double... bias) {
    double[] result = new double[width];
    for (int c = 0; c < width; c++) {
      result[c] = bias.length == 0 ? 0 : bias[from + c];
      for (int d = 0; d < row.length; d++) {
        result[c] += row[d] * matrix[d * columns + from + c];
      }
    }
    return result;
  }

  /** Row times matrix, plus a bias if any. */
  static double[] product(double[] row, double[] matrix, double... bias) {
    int columns = matrix.length / row.length;
    return product(row, matrix, columns, 0, columns, bias);
  }

  static double[] sum(double[] a, double[] b) {
    double[] sum = a.clone();
    Arrays.setAll(sum, i -> a[i] + b[i]);
    return sum;
  }

  static double[] layerNorm(double[] row, double epsilon) {
    double mean = Arrays.stream(row).average().orElseThrow();
    double variance = Arrays.stream(row).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
    // The graph carries epsilon as a 32-bit attribute.
    double deviation = Math.sqrt(variance + (float) epsilon);
    return Arrays.stream(row).map(v -> (v - mean) / deviation).toArray();
  }

  static double[] rmsNorm(double[] row, double[] scale, double epsilon) {
    double square = Arrays.stream(row).map(v -> v * v).average().orElseThrow();
    double[] normal = row.clone();
    Arrays.setAll(normal, i -> row[i] / Math.sqrt(square + epsilon) * scale[i]);
    return normal;
  }

  static double[] unit(double[] row) {
    double norm = Math.sqrt(Arrays.stream(row).map(v -> v * v).sum());
    return Arrays.stream(row).map(v -> v / Math.max(norm, 1e-6)).toArray();
  }

  static double silu(double x) {
    return x / (1 + Math.exp(-x));
  }

  /** x times the normal distribution function, by the error function's Taylor series. */
  static double gelu(double x) {
    double z = x / Math.sqrt(2);
    double term = z;
    double sum = z;
    for (int n = 1; n < 200; n++) {
      term *= -z * z / n;
      sum += term / (2 * n + 1);
    }
    return x * (0.5 + sum / Math.sqrt(Math.PI));
  }
}
